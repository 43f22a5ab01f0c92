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

// Flats and houses that were sold: city, type (flat or house), area (square metres), rooms, floor,
// year, lift (yes, no, or missing for houses), distance (kilometres to the centre), price. Dearer
// where large, new, near the centre of a dear city; the noise is about a tenth of the price.
std::string PropertySales(int64_t rows, int64_t seed);

// Transactions with bank cards: amount, hour, category, country, distance (kilometres from home),
// online, days_since_last, fraud. About one in 50 is one: rather of a high amount, far away, at
// night, online.
std::string BankTransactions(int64_t rows, int64_t seed);

// Numbers without names (no header): `columns` of them about 0, and a target, a weighted sum of
// them with noise, or whether that is positive.
std::string Numbers(int64_t rows, int64_t columns, bool classes, int64_t seed);

}  // namespace dagrad::examples

#endif  // DAGRAD_EXAMPLES_MADE_UP_H_
