// The Kubernetes objects as brink begins them; manifests.cc fills in names and ports (${...}) and
// adds what the deployment's file says.
#pragma once

#include <string_view>

namespace brink::graph {

inline constexpr std::string_view kConfigMapTemplate = R"(
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data: {}
)";

// The user is Seldon's; any other works. The startup probe gives a slow link ten minutes to bring
// the model.
inline constexpr std::string_view kDeploymentTemplate = R"(
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: brink
      app.kubernetes.io/instance: ${name}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
  template:
    metadata:
      labels:
        app.kubernetes.io/name: brink
        app.kubernetes.io/instance: ${name}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/path: /metrics
        prometheus.io/port: "${scraped}"
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 20
      securityContext:
        runAsNonRoot: true
        runAsUser: 8888
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: ${container}
        image: ${image}
        args:
        - up
        - -f
        - /etc/brink/seldondeployment.yaml
        - "--http-port=${http}"
        env:
        - name: BRINK_CACHE
          value: /var/cache/brink
        ports:
        - name: http
          containerPort: ${http}
        startupProbe:
          tcpSocket:
            port: http
          periodSeconds: 2
          failureThreshold: 300
        readinessProbe:
          httpGet:
            path: /health/status
            port: http
          periodSeconds: 5
          timeoutSeconds: 5
        livenessProbe:
          tcpSocket:
            port: http
          periodSeconds: 5
        lifecycle:
          preStop:
            exec:
              command:
              - /bin/sleep
              - "5"
        resources:
          requests:
            cpu: 250m
            memory: 64Mi
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities:
            drop:
            - ALL
        volumeMounts:
        - name: brink-deployment
          mountPath: /etc/brink
          readOnly: true
        - name: brink-cache
          mountPath: /var/cache/brink
      volumes:
      - name: brink-deployment
        configMap:
          name: ${name}
      - name: brink-cache
        emptyDir: {}
)";

inline constexpr std::string_view kServiceTemplate = R"(
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app.kubernetes.io/name: brink
    app.kubernetes.io/instance: ${name}
  ports:
  - name: http
    port: ${http}
    targetPort: http
)";

inline constexpr std::string_view kAutoscalerTemplate = R"(
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}
spec:
  minReplicas: 1
  maxReplicas: 4
  metrics:
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: 80
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}
)";

}  // namespace brink::graph
