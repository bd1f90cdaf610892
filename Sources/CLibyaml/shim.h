#ifndef LLMOS_CLIBYAML_SHIM_H
#define LLMOS_CLIBYAML_SHIM_H

#include <yaml.h>

#endif
