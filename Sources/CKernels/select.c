#include "levels.h"

#if defined(__x86_64__)

enum ck_level ck_best(void) {
    __builtin_cpu_init();
    int has_fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (has_fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return CK_AVX512;
    return has_fma ? CK_AVX2 : CK_PORTABLE;
}

const struct ck_kernels *ck_at(enum ck_level level) {
    if (level > ck_best()) return NULL;
    switch (level) {
    case CK_AVX512: return &ck_avx512;
    case CK_AVX2: return &ck_avx2;
    case CK_PORTABLE: return &ck_portable;
    }
    return NULL;
}

#else

enum ck_level ck_best(void) { return CK_PORTABLE; }

const struct ck_kernels *ck_at(enum ck_level level) { return level == CK_PORTABLE ? &ck_portable : NULL; }

#endif
