package io.fintrail.cli;

import io.fintrail.view.Hostile;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/** Log lines on stderr as journald reads them: {@code <4>fintrail: text} (sd-daemon(3)). */
final class JournaldFormat extends Formatter {
    private static final int ERROR = 3;
    private static final int WARNING = 4;
    private static final int INFO = 6;

    /** What the libraries have to say is for nobody. */
    static void silence() {
        System.setProperty(LastingLogManager.PROPERTY, LastingLogManager.class.getName()); // before there is one
        LogManager manager = LogManager.getLogManager();
        manager.reset();
        if (manager instanceof LastingLogManager lasting) {
            lasting.last();
        }
        Logger.getLogger("").setLevel(Level.OFF);
    }

    /** From here on the logger of that name is heard, while somebody holds what this returns: the log manager does not. */
    static Logger listenTo(String name) {
        Logger logger = Logger.getLogger(name);
        logger.setLevel(Level.INFO);
        Handler handler = new StreamHandler(new FileOutputStream(FileDescriptor.err), new JournaldFormat()) {
            @Override
            public synchronized void publish(LogRecord line) {
                super.publish(line);
                flush();
            }
        };
        handler.setLevel(Level.INFO);
        logger.addHandler(handler);
        return logger;
    }

    @Override
    public String format(LogRecord line) {
        int priority = line.getLevel().intValue() >= Level.SEVERE.intValue()
                ? ERROR
                : line.getLevel().intValue() >= Level.WARNING.intValue() ? WARNING : INFO;
        return "<" + priority + ">fintrail: " + Hostile.shown(formatMessage(line)) + "\n";
    }
}
