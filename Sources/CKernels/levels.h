#ifndef CKERNELS_LEVELS_H
#define CKERNELS_LEVELS_H

#include "CKernels.h"

extern const struct ck_kernels ck_portable;
#if defined(__x86_64__)
extern const struct ck_kernels ck_avx2, ck_avx512;
#endif

#endif
