package io.fintrail.cli;

import picocli.CommandLine.TypeConversionException;

/** How many seconds of a recording pass in one of ours; infinity: as fast as it can be read. */
record Speed(double factor) {
    static final Speed MAX = new Speed(Double.POSITIVE_INFINITY);

    static Speed parse(String text) {
        if (text.equals("max")) {
            return MAX;
        }
        if (!text.matches("\\d{1,6}(\\.\\d{1,3})?") || Double.parseDouble(text) == 0) {
            throw new TypeConversionException("'" + text + "' is no speed: 1, 10, 0.5, max");
        }
        return new Speed(Double.parseDouble(text));
    }
}
