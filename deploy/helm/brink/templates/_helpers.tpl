{{- define "brink.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name }}{{ end -}}
{{- end }}

{{- define "brink.selector" -}}
app.kubernetes.io/name: brink
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "brink.labels" -}}
{{ include "brink.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "brink.deployment" -}}
{{- if .Values.deployment -}}
{{ .Values.deployment }}
{{- else -}}
apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata:
  name: {{ include "brink.name" . }}
spec:
  predictors:
  - name: default
    graph:
      name: model
      implementation: TFLITE_SERVER
      modelUri: {{ required "modelUri: which model? (or deployment: a whole SeldonDeployment)" .Values.modelUri | quote }}
      parameters: {{ .Values.parameters | toJson }}
      children: []
{{- end -}}
{{- end }}
