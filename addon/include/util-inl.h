#ifndef ADDON_INCLUDE_UTIL_INL_H_
#define ADDON_INCLUDE_UTIL_INL_H_

#include "stand_ins.h"

#endif  // ADDON_INCLUDE_UTIL_INL_H_
