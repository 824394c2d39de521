#ifndef ADDON_INCLUDE_UDP_WRAP_H_
#define ADDON_INCLUDE_UDP_WRAP_H_

#include "stand_ins.h"

#endif  // ADDON_INCLUDE_UDP_WRAP_H_
