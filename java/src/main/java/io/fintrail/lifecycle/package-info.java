/** Events to one story per socket. Pure, single-threaded; time comes from events alone. */
@NullMarked
package io.fintrail.lifecycle;

import org.jspecify.annotations.NullMarked;
