#ifndef ADDON_INCLUDE_NODE_MUTEX_H_
#define ADDON_INCLUDE_NODE_MUTEX_H_

#include "stand_ins.h"

#endif  // ADDON_INCLUDE_NODE_MUTEX_H_
