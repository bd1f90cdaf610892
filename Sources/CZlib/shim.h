#ifndef LLMOS_CZLIB_SHIM_H
#define LLMOS_CZLIB_SHIM_H

#include <zlib.h>

#endif
