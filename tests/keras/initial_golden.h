#ifndef DAGRAD_TESTS_KERAS_INITIAL_GOLDEN_H_
#define DAGRAD_TESTS_KERAS_INITIAL_GOLDEN_H_

#include <cstdint>
#include <string>
#include <vector>

// Made by make_initial_golden.py with Keras 3.15.1 on torch.
namespace dagrad::keras_parity {

struct InitialGolden {
  std::string layer;  // as in the test
  std::vector<int64_t> dims;
  std::string distribution;  // uniform, truncated_normal, orthogonal or known
  double least;
  double greatest;
  double stddev;
};

// In the order of the layers' weights.
inline const std::vector<InitialGolden> kInitialGolden = {
    {"Dense", {40, 60}, "uniform", -0.244948974, 0.244948974, 0.141421356},
    {"Dense", {60}, "known", 0, 0, 0},
    {"Dense of steps", {40, 60}, "truncated_normal", -0.508413539, 0.508413539, 0.223606798},
    {"Dense of steps", {60}, "known", 0, 0, 0},
    {"Conv1D", {4, 12, 30}, "uniform", -0.188982237, 0.188982237, 0.109108945},
    {"Conv1D", {30}, "known", 0, 0, 0},
    {"Conv1D in groups", {4, 4, 30}, "uniform", -0.612372436, 0.612372436, 0.353553391},
    {"Conv1D in groups", {30}, "known", 0, 0, 0},
    {"Conv2D", {3, 5, 6, 20}, "uniform", -0.124034735, 0.124034735, 0.0716114874},
    {"Conv2D", {20}, "known", 0, 0, 0},
    {"Conv2D in groups", {3, 5, 6, 20}, "truncated_normal", -0.239668441, 0.239668441, 0.105409255},
    {"Conv2D in groups", {20}, "known", 0, 0, 0},
    {"DepthwiseConv2D", {5, 5, 30, 2}, "uniform", -0.0866025404, 0.0866025404, 0.05},
    {"DepthwiseConv2D", {60}, "known", 0, 0, 0},
    {"SeparableConv2D", {5, 5, 30, 2}, "uniform", -0.0866025404, 0.0866025404, 0.05},
    {"SeparableConv2D", {1, 1, 60, 25}, "uniform", -0.265684466, 0.265684466, 0.153392998},
    {"SeparableConv2D", {25}, "known", 0, 0, 0},
    {"Embedding", {50, 20}, "uniform", -0.05, 0.05, 0.0288675135},
    {"BatchNormalization", {7}, "known", 1, 1, 0},
    {"BatchNormalization", {7}, "known", 0, 0, 0},
    {"BatchNormalization", {7}, "known", 0, 0, 0},
    {"BatchNormalization", {7}, "known", 1, 1, 0},
    {"LayerNormalization", {7}, "known", 1, 1, 0},
    {"LayerNormalization", {7}, "known", 0, 0, 0},
    {"RMSNormalization", {7}, "known", 1, 1, 0},
    {"GroupNormalization", {6}, "known", 1, 1, 0},
    {"GroupNormalization", {6}, "known", 0, 0, 0},
    {"PReLU", {7}, "known", 0, 0, 0},
    {"LSTM", {20, 60}, "uniform", -0.273861279, 0.273861279, 0.158113883},
    {"LSTM", {15, 60}, "orthogonal", -1, 1, 0},
    {"LSTM", {60}, "known", 0, 1, 0.433012694},
    {"GRU", {20, 45}, "uniform", -0.30382181, 0.30382181, 0.175411604},
    {"GRU", {15, 45}, "orthogonal", -1, 1, 0},
    {"GRU", {2, 45}, "known", 0, 0, 0},
    {"MultiHeadAttention", {96, 8, 24}, "uniform", -0.144337567, 0.144337567, 0.0833333333},
    {"MultiHeadAttention", {8, 24}, "known", 0, 0, 0},
    {"MultiHeadAttention", {96, 8, 24}, "uniform", -0.144337567, 0.144337567, 0.0833333333},
    {"MultiHeadAttention", {8, 24}, "known", 0, 0, 0},
    {"MultiHeadAttention", {96, 8, 24}, "uniform", -0.144337567, 0.144337567, 0.0833333333},
    {"MultiHeadAttention", {8, 24}, "known", 0, 0, 0},
    {"MultiHeadAttention", {8, 24, 96}, "uniform", -0.144337567, 0.144337567, 0.0833333333},
    {"MultiHeadAttention", {96}, "known", 0, 0, 0},
    {"MultiHeadAttention he_normal",
     {48, 4, 10},
     "truncated_normal",
     -0.46411594,
     0.46411594,
     0.204124145},
    {"MultiHeadAttention he_normal", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention he_normal",
     {48, 4, 10},
     "truncated_normal",
     -0.46411594,
     0.46411594,
     0.204124145},
    {"MultiHeadAttention he_normal", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention he_normal",
     {48, 4, 30},
     "truncated_normal",
     -0.46411594,
     0.46411594,
     0.204124145},
    {"MultiHeadAttention he_normal", {4, 30}, "known", 0, 0, 0},
    {"MultiHeadAttention he_normal",
     {4, 30, 48},
     "truncated_normal",
     -0.293532694,
     0.293532694,
     0.129099445},
    {"MultiHeadAttention he_normal", {48}, "known", 0, 0, 0},
    {"MultiHeadAttention lecun_uniform", {48, 4, 10}, "uniform", -0.25, 0.25, 0.144337567},
    {"MultiHeadAttention lecun_uniform", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention lecun_uniform", {48, 4, 10}, "uniform", -0.25, 0.25, 0.144337567},
    {"MultiHeadAttention lecun_uniform", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention lecun_uniform", {48, 4, 10}, "uniform", -0.25, 0.25, 0.144337567},
    {"MultiHeadAttention lecun_uniform", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention lecun_uniform",
     {4, 10, 20},
     "uniform",
     -0.273861279,
     0.273861279,
     0.158113883},
    {"MultiHeadAttention lecun_uniform", {20}, "known", 0, 0, 0},
    {"MultiHeadAttention orthogonal", {48, 4, 10}, "orthogonal", -1, 1, 0},
    {"MultiHeadAttention orthogonal", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention orthogonal", {48, 4, 10}, "orthogonal", -1, 1, 0},
    {"MultiHeadAttention orthogonal", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention orthogonal", {48, 4, 10}, "orthogonal", -1, 1, 0},
    {"MultiHeadAttention orthogonal", {4, 10}, "known", 0, 0, 0},
    {"MultiHeadAttention orthogonal", {4, 10, 48}, "orthogonal", -1, 1, 0},
    {"MultiHeadAttention orthogonal", {48}, "known", 0, 0, 0},
};

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_INITIAL_GOLDEN_H_
