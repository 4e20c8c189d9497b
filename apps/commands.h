// The subcommands of brink, one file each.
#pragma once

#include "program.h"

namespace brink::apps {

Command InspectCommand();  // inspect.cc

}  // namespace brink::apps
