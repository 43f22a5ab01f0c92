#include "dagrad/keras/losses/registry.h"

#include <string>
#include <utility>
#include <vector>

namespace dagrad::keras {
namespace {

std::vector<LossClass> AllClasses() {
  std::vector<LossClass> all;
  for (auto& family : {losses_internal::CircleClasses(), losses_internal::CrossentropyClasses(),
                       losses_internal::CtcClasses(), losses_internal::DivergenceClasses(),
                       losses_internal::FocalClasses(), losses_internal::HingeClasses(),
                       losses_internal::OverlapClasses(), losses_internal::RegressionClasses()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

}  // namespace

const Registry<LossImpl>& losses_internal::Losses() {
  static const auto* const losses = new Registry<LossImpl>("a loss", AllClasses());
  return *losses;
}

std::vector<std::string> LossNames() { return losses_internal::Losses().Names(); }
std::vector<std::string> LossAliases() { return losses_internal::Losses().Aliases(); }
const std::vector<LossClass>& LossClasses() { return losses_internal::Losses().classes(); }

}  // namespace dagrad::keras
