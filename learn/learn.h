#ifndef DAGRAD_LEARN_LEARN_H_
#define DAGRAD_LEARN_LEARN_H_

// Splits, scalers and scores, with scikit-learn's names, defaults and meaning, on tensors. Nothing
// here is of a kind of model: what a Keras model is trained on and what it predicts are arrays.
// Tables (table.h), and what knows of Keras models, pipelines, cross-validation and searches
// (pipeline.h, model_selection.h, search.h), are targets of their own.
#include "dagrad/learn/classification.h"
#include "dagrad/learn/correlation.h"
#include "dagrad/learn/imputer.h"
#include "dagrad/learn/random.h"
#include "dagrad/learn/regression.h"
#include "dagrad/learn/roc.h"
#include "dagrad/learn/rows.h"
#include "dagrad/learn/scaler.h"
#include "dagrad/learn/split.h"

#endif  // DAGRAD_LEARN_LEARN_H_
