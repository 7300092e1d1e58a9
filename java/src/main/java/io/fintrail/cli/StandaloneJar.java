package io.fintrail.cli;

import java.lang.reflect.Field;

/**
 * Where the jar that holds all libraries begins. It is started without java/jvm.args: what of those a manifest cannot say is
 * said here, before anything looks at it.
 */
public final class StandaloneJar {
    private StandaloneJar() {}

    public static void main(String[] arguments) {
        System.setProperty("jdk.console", "java.base");
        System.setProperty("chronicle.announcer.disable", "true");
        allowMemoryAccess();
        Fintrail.main(arguments);
    }

    /**
     * As --sun-misc-unsafe-memory-access=allow, which exists from JDK 23 on and is read before main: JDK 24 and later say once on
     * stderr that the queue's library uses sun.misc.Unsafe, unless they have said so.
     */
    private static void allowMemoryAccess() {
        try {
            Field warned = Class.forName("sun.misc.Unsafe").getDeclaredField("memoryAccessWarned");
            warned.setAccessible(true);
            warned.setBoolean(null, true);
        } catch (ReflectiveOperationException e) {
            // A JDK that does not warn, or does it in another way: then four lines are on stderr, and no more.
            return;
        }
    }
}
