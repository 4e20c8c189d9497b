// A SeldonDeployment as Kubernetes objects that serve the same without Seldon's operator.
#pragma once

#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::graph {

struct ManifestOptions {
  std::string image;
  int http_port = 9000;
  int grpc_port = 0;     // 0: none
  int metrics_port = 0;  // 0: HTTP's port has them
  bool autoscaler = false;
};

// A ConfigMap that holds the file, a Deployment of brink that reads it, a Service and, where asked
// for, a HorizontalPodAutoscaler, as YAML documents. Of the file it takes what a pod is made of:
// replicas, the pod's spec, the container that is named like the graph's node, hpaSpec. Errors are
// those of ParseSeldonDeployment, and names that Kubernetes would refuse.
Result<std::string> RenderManifests(std::string_view text, std::string_view file,
                                    const ManifestOptions& options);

}  // namespace brink::graph
