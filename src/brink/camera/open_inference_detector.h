// A model of a server that speaks the Open Inference Protocol (KServe, Triton, MLServer) as the
// camera's detector: the card is on this side, tensors go over the network.
#pragma once

#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/camera/detector.h"
#include "brink/camera/remote_client.h"
#include "brink/vision/card.h"

namespace brink::camera {

// Whether the URL's path is one of the protocol's, with /v2/models in it.
bool IsOpenInferenceUrl(const std::string& url);

// Asks the model at http(s)://HOST/.../v2/models/NAME, or .../versions/V of it, by REST. Nothing is
// asked yet: what the model's tensors are is, before the first picture and after each failure.
// kInvalidArgument for another URL, kFailedPrecondition for a card without a decoder. Its answers
// fail with kUnavailable and the cause where the server is not there or refuses, with kDataLoss for
// an answer that is broken, and with BindCard's errors for a model that the card does not fit.
Result<std::unique_ptr<Detector>> MakeOpenInferenceDetector(const RemoteOptions& options,
                                                            vision::Card card);

}  // namespace brink::camera
