// The subcommands of brink, one file each.
#pragma once

#include "program.h"

namespace brink::apps {

Command UpCommand();            // up.cc
Command RunCommand();           // run.cc
Command MicroserviceCommand();  // microservice.cc
Command FetchCommand();         // fetch.cc
Command RenderCommand();        // render.cc
Command PredictCommand();       // predict.cc
Command CameraCommand();        // camera.cc
Command InspectCommand();       // inspect.cc
Command BenchCommand();         // bench.cc
Command VerifyCommand();        // verify.cc
Command OpsCommand();           // ops.cc

}  // namespace brink::apps
