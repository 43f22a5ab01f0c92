#ifndef DAGRAD_TESTS_KERAS_LOSS_GOLDEN_H_
#define DAGRAD_TESTS_KERAS_LOSS_GOLDEN_H_

// Made by make_loss_golden.py with Keras 3.15.1 on torch.
namespace dagrad::keras_parity {

inline constexpr double kPlainEvaluated[] = {
    1.0038973,
};
inline constexpr double kPlainLosses[] = {
    1.0038974,
    0.30778319,
    0.157304,
};
inline constexpr double kPlainTrained[] = {
    0.24161406,  0.23063114,  0.2138081,   0.20534323,  0.1575938,    0.15564792,  0.091789313,
    0.020604292, -0.32595253, -0.23341459, -0.20822692, -0.1905607,   0.17014584,  0.12287252,
    0.024706051, -0.02245524, 0.26314011,  0.20197763,  -0.023560859, -0.07708057, -0.25669345,
    -0.26475552, -0.35514331, -0.30227038, -0.12848318, -0.10342871,
};
inline constexpr double kSharedEvaluated[] = {
    1.3734348,
};
inline constexpr double kSharedLosses[] = {
    1.3734347,
    0.14714572,
    0.053498287,
};
inline constexpr double kSharedTrained[] = {
    0.16718519,   0.20423174,   0.2098802,   0.16778648,   0.12078127,
    0.099573411,  -0.076880962, -0.17331508, -0.19848256,  0.016067248,
    -0.022689402, -0.022253767, 0.29737163,  0.2434274,    -0.0094579263,
    -0.039928336, -0.25621083,  -0.23085649, -0.038543716, -0.020728797,
};
inline constexpr double kNestedEvaluated[] = {
    2.0241849,
};
inline constexpr double kNestedLosses[] = {
    2.0241849,
    0.38675195,
    0.27300727,
};
inline constexpr double kNestedTrained[] = {
    0.13266191,  0.040592849, 0.11260667,  0.11326183,    0.019133925,  0.0069117695, -0.094947726,
    -0.12712675, -0.18775435, 0.037707966, -0.0059364364, -0.056575514, 0.26101145,   0.1766987,
    0.076601967, -0.17596681, -0.21962625, -0.2436671,    -0.37256417,  -0.30606601,  -0.21222794,
    -0.14083312, -0.143262,   -0.13289373, -0.17165329,   -0.2384582,   -0.044625327, -0.029796585,
    0.15400711,  0.22106707,  0.049073961, 0.063856438,
};

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_LOSS_GOLDEN_H_
