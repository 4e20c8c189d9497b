#!/bin/sh
# Registers brink in a ConfigMap seldon-config, JSON from standard input to standard output, for clusters whose operator was
# not installed by Helm. The other servers stay as they are (a plain `kubectl patch` would replace them: they are one string).
#
#   kubectl -n seldon-system get configmap seldon-config -o json |
#     deploy/seldon/register.sh registry.example.com/brink 0.1.0 | kubectl apply -f -
set -eu
[ $# -eq 2 ] || { echo "usage: register.sh IMAGE VERSION" >&2; exit 2; }
exec jq --arg image "$1" --arg version "$2" '
  .data.predictor_servers |= ((. // "{}") | fromjson |
    .TFLITE_SERVER.protocols.seldon = {image: $image, defaultImageVersion: $version} | tojson) |
  .data.storageInitializer |= ((. // "{}") | fromjson | .image = "\($image):\($version)" | tojson) |
  del(.metadata.creationTimestamp, .metadata.resourceVersion, .metadata.uid, .metadata.managedFields)'
