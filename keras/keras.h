#ifndef DAGRAD_KERAS_KERAS_H_
#define DAGRAD_KERAS_KERAS_H_

// All of dagrad's Keras in one header.
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/constraints/constraints.h"
#include "dagrad/keras/data/arrays.h"
#include "dagrad/keras/data/batch_source.h"
#include "dagrad/keras/data/dataset.h"
#include "dagrad/keras/data/files.h"
#include "dagrad/keras/data/images.h"
#include "dagrad/keras/data/imdb.h"
#include "dagrad/keras/data/timeseries.h"
#include "dagrad/keras/layers/layers.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/models/model.h"
#include "dagrad/keras/optimizers/optimizers.h"
#include "dagrad/keras/regularizers/regularizers.h"
#include "dagrad/keras/text/hash_strings.h"
#include "dagrad/keras/text/string_lookup.h"
#include "dagrad/keras/text/text_vectorization.h"
#include "dagrad/keras/visualization/plot_model.h"

#endif  // DAGRAD_KERAS_KERAS_H_
