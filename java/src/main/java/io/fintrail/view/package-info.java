/** Text and JSON lines. The only user of the output libraries. */
@NullMarked
package io.fintrail.view;

import org.jspecify.annotations.NullMarked;
