// Which build of the program this is: what another build left behind may be of another form.
#pragma once

#include <string>

namespace brink {

// The linker's build id (NT_GNU_BUILD_ID, `man 5 elf`), hex; empty where the program has none.
const std::string& BuildId();

}  // namespace brink
