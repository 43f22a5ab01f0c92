// Printed by random_golden.py.
#ifndef DAGRAD_OPS_CREATION_RANDOM_RANDOM_GOLDEN_H_
#define DAGRAD_OPS_CREATION_RANDOM_RANDOM_GOLDEN_H_

#include <cstdint>

namespace dagrad::random_golden {

inline constexpr int64_t kKey[] = {42, -7};
inline constexpr int64_t kStream = 3;
inline constexpr double kUniform[] = {
    2.591640275452695,    0.752301300169985,   -0.2415528455715399, 2.941890367011314,
    2.0783926573740845,   0.13870478414792364, 0.9630536823450746,  -0.32103355605460937,
    -0.25652698997783174, 2.073985999033295};
inline constexpr double kNormal[] = {3.539465390740556,  0.6882984580365993,  -0.7586555614811517,
                                     5.365483961491838,  2.47504827115909,    -0.13801104533509245,
                                     0.9536905200180213, -0.9103736708662393, -0.7864507008315855,
                                     2.4678088156022806};
inline constexpr double kTruncatedNormal[] = {
    3.3480256506080517,  0.7025885110068191,   -0.656711466127234, 4.582750740750457,
    2.3954881901922693,  -0.08072526677662539, 0.9557979648659608, -0.7946822820178185,
    -0.6820902331962142, 2.3887715132507434};
inline constexpr int64_t kPermutation[] = {5, 7, 6, 4, 0, 10, 11, 9, 8, 3, 1, 2};
inline constexpr double kProbabilities[] = {
    1e-300, 1e-12,   1.1641532182693481e-10, 1e-05, 0.01, 0.075, 0.2, 0.5, 0.7, 0.925,
    0.99,   0.999999};
inline constexpr double kQuantiles[] = {
    -37.0470962993612,   -7.034483825301131,  -6.3379577545537895, -4.264890793922825,
    -2.3263478740408408, -1.4395314709384563, -0.8416212335729142, 0.0,
    0.5244005127080407,  1.4395314709384563,  2.3263478740408408,  4.753424308817087};

}  // namespace dagrad::random_golden

#endif  // DAGRAD_OPS_CREATION_RANDOM_RANDOM_GOLDEN_H_
