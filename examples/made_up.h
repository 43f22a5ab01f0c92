#ifndef DAGRAD_EXAMPLES_MADE_UP_H_
#define DAGRAD_EXAMPLES_MADE_UP_H_

#include <cstdint>
#include <string>

// Tables that stand for data sets that cannot be shipped: the same columns, rows that were drawn at
// random. The same arguments give the same text (CSV).
namespace dagrad::examples {

// Customers of a bank: CreditScore, Geography, Gender, Age, Tenure, Balance, NumOfProducts,
// HasCrCard, IsActiveMember, EstimatedSalary, Exited. About a fifth exits: rather who is older, not
// active, in Germany, and has no or many products.
std::string BankCustomers(int64_t rows, int64_t seed);

// Shots at a basket: home, final_margin, shot_number, period, game_clock, shot_clock, dribbles,
// touch_time, shot_dist, close_def_dist, shot_result (made or missed). Rather made from near, with
// the defender far and little time in hand.
std::string BasketballShots(int64_t rows, int64_t seed);

}  // namespace dagrad::examples

#endif  // DAGRAD_EXAMPLES_MADE_UP_H_
