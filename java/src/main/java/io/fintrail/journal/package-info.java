/** Events to disk and back: the Chronicle queue, and the .trail text that lasts. The only user of Chronicle. */
@NullMarked
package io.fintrail.journal;

import org.jspecify.annotations.NullMarked;
