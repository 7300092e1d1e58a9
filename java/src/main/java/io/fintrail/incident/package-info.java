/** Judgements to incidents: piles of connections with one cause, as one thing with a size, an age and advice. Pure. */
@NullMarked
package io.fintrail.incident;

import org.jspecify.annotations.NullMarked;
