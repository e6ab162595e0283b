// The engine's inner loops, written once with vectors of sixteen floats and compiled for several processors.
//
// Every sum has one order, which the comments below give, and every step is one that IEEE 754 rounds in one way (sums,
// products, quotients, square roots, fused multiply-adds). So a result does not depend on the processor, on how many
// rows are computed together, nor on which thread computes them. No function allocates, and none has state.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

enum ck_level { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2 };

/// How weights lie in memory; the block layouts are GGML's of the same names.
enum ck_storage {
    CK_F32 = 0, CK_F16 = 1, CK_BF16 = 2, CK_Q8_0 = 3, CK_Q4_0 = 4, CK_Q4_1 = 5, CK_Q4_K = 6, CK_Q6_K = 7
};

enum ck_activation {
    /// x / (1 + e⁻ˣ)
    CK_SILU = 0,
    /// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2
    CK_GELU_TANH = 1,
    /// x / (1 + e^(-1.702 x)) of x ≤ limit, beside an up of -limit … limit to which 1 is added.
    CK_CLAMPED = 2
};

/// A query row's state while keys go by.
struct ck_query {
    /// [width]
    const float *query;
    /// [width]: Σ p v / Σ p at the end.
    float *output;
    /// Keys that it sees: from ≤ key < to.
    int64_t from, to;
    /// The largest score so far and Σ e^(score - largest): -infinity and 0 to begin with, or a sink's score and 1.
    float largest, sum;
};

struct ck_attention {
    struct ck_query *queries;
    int64_t count;
    int64_t width;
    /// Of every 64 keys a page, which holds at `key_offset` this head's keys, [4, width, 16], and at `value_offset` its
    /// values, [64, width rounded up to 16].
    const float *const *pages;
    int64_t key_offset, value_offset;
    float scale;
    /// Scores are softcap · tanh(score / softcap); 0 for none.
    float softcap;
    /// [count, width rounded up to 16], then [6, 64].
    float *scratch;
};

/// One step of AdamW (Loshchilov and Hutter 2019, algorithm 2), its factors worked out.
struct ck_adam {
    /// What gradients are multiplied by first.
    float gradient_scale;
    /// 1 - β₁; 1 - β₂; β₂
    float first_share, second_share, second_kept;
    /// √(1 - β₂ᵗ)
    float second_root;
    float epsilon;
    /// Learning rate / (1 - β₁ᵗ)
    float step;
    /// 1 - learning rate · weight decay
    float kept;
};

struct ck_kernels {
    const char *name;

    /// out[rows, columns] = a[rows, inner] · w[columns, inner]ᵀ, added to what is there where `adding`.
    /// Lane l of sixteen sums the products at l, l + 16 … in order, fused; then lanes l and l + 8, 4, 2, 1 are added.
    void (*product)(const float *a, int64_t a_stride, int64_t rows, const float *w, int64_t w_stride, int64_t columns,
                    int64_t inner, float *out, int64_t out_stride, int adding);

    /// out[rows, columns] = a[rows, inner] · b[inner, columns], or begins with what is there where `adding`.
    /// Each element sums its products in order, fused.
    void (*plain)(const float *a, int64_t a_stride, int64_t rows, const float *b, int64_t b_stride, int64_t columns,
                  int64_t inner, float *out, int64_t out_stride, int adding);

    /// `count` weights, whole blocks, as floats: exactly those that the formats' own definitions give.
    void (*unpack)(enum ck_storage storage, const void *bytes, int64_t count, float *out);

    /// Causal attention of some query rows to the keys of one head, 64 keys at a time counted from key 0.
    void (*attend)(const struct ck_attention *attention);

    /// gate[i] = activation(gate[i]) · up[i]
    void (*gate)(enum ck_activation activation, float limit, float *gate, const float *up, int64_t count);

    /// row[i] = cap · tanh(row[i] / cap)
    void (*softcap)(float *row, int64_t count, float cap);

    /// The largest value of a row of at least one, NaN passed over.
    float (*maximum)(const float *row, int64_t count);

    /// row[i] = e^(row[i] - largest) for all of them, and their sum.
    float (*exponentials)(float *row, int64_t count, float largest);

    /// Σ e^(row[i] - largest), sixteen at a time in single precision and those in double.
    double (*exponential_sum)(const float *row, int64_t count, float largest);

    /// The derivatives of Σ gradient[i] · activation(gate[i]) · up[i] by gate and by up, in their places.
    void (*gate_gradient)(enum ck_activation activation, float limit, float *gate, float *up, const float *gradient, int64_t count);

    /// With r = 1 / √(mean(x²) + epsilon): out = r (gain · gradient) - x r³ mean(gain · gradient · x), the derivative of
    /// Σ gradient · (x r gain) by x, or added to what is there. `out` may be `gradient`. Returns r.
    float (*normalise_gradient)(const float *x, const float *gain, const float *gradient, float epsilon, int64_t count, float *out,
                                int adding);

    /// weights[i] = weights[i] (gradient[i] - sum) scale, times 1 - (capped[i] / cap)² where `capped` is given.
    void (*softmax_gradient)(float *weights, const float *gradient, float sum, float scale, const float *capped, float cap,
                             int64_t count);

    /// out[columns, rows] = in[rows, columns]ᵀ. Strides are in floats.
    void (*transpose)(const float *in, int64_t in_stride, int64_t rows, int64_t columns, float *out, int64_t out_stride);

    /// m += (g - m)(1 - β₁), v = β₂ v + (1 - β₂) g², x = x kept - step m / (√v / √(1 - β₂ᵗ) + ε)
    void (*adam)(float *values, float *first, float *second, const float *gradient, int64_t count, const struct ck_adam *step);
};

/// The best level that this processor has.
enum ck_level ck_best(void);

/// The kernels of a level; NULL where this processor or this build has them not.
const struct ck_kernels *ck_at(enum ck_level level);

#endif
