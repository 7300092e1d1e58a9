package io.fintrail.capture;

import java.util.Arrays;

/** When each connection last changed its state, by a number that stands for it; a table of two columns, which grows. One thread. */
final class LastMoves {
    private static final int USUAL = 1024;

    private long[] connections = new long[USUAL];
    private long[] atNs = new long[USUAL];
    private int size;

    /** 0 stands for none. */
    void moved(long connection, long ktimeNs) {
        if (connection == 0) {
            return;
        }
        if (2 * size >= connections.length) {
            grow();
        }
        int place = place(connection);
        if (connections[place] == 0) {
            connections[place] = connection;
            atNs[place] = ktimeNs;
            size++;
        } else {
            atNs[place] = Math.max(atNs[place], ktimeNs);
        }
    }

    boolean movedSince(long connection, long ktimeNs) {
        int place = place(connection);
        return connection != 0 && connections[place] == connection && atNs[place] >= ktimeNs;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void clear() {
        if (connections.length > USUAL) {
            connections = new long[USUAL];
            atNs = new long[USUAL];
        } else {
            Arrays.fill(connections, 0);
        }
        size = 0;
    }

    private int place(long connection) {
        long mixed = connection * 0x9E3779B97F4A7C15L; // addresses differ in few bits
        int place = (int) (mixed >>> 33) & (connections.length - 1);
        while (connections[place] != 0 && connections[place] != connection) {
            place = (place + 1) & (connections.length - 1);
        }
        return place;
    }

    private void grow() {
        long[] oldConnections = connections;
        long[] oldAtNs = atNs;
        connections = new long[2 * oldConnections.length];
        atNs = new long[2 * oldConnections.length];
        for (int i = 0; i < oldConnections.length; i++) {
            if (oldConnections[i] != 0) {
                int place = place(oldConnections[i]);
                connections[place] = oldConnections[i];
                atNs[place] = oldAtNs[i];
            }
        }
    }
}
