/** The vocabulary: the record and how to read it, kinds, states, socket identity, and what else a journal says. */
@NullMarked
package io.fintrail.event;

import org.jspecify.annotations.NullMarked;
