#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c"))), apply_to = function)
#define LEVEL ck_avx512
#define LEVEL_NAME "avx512"
#define BLOCK_ROWS 6
#define BLOCK_COLUMNS 4
#define NARROW_COLUMNS 8
#define HAS_HALF 1
#define HAS_PICK 1
#include "kernels.inc"
#pragma clang attribute pop
#endif
