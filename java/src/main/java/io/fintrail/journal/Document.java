package io.fintrail.journal;

/**
 * What the documents of a journal begin with; both writer and reader use it.
 *
 * <pre>
 * every document   byte type | long number, one more than the document before
 * SESSION          utf8 "name=value" words, escaped as in a trail
 * BATCH            long index of its first record | int records | records, 200 bytes each
 * CLOCK            long drainedToNs | long wallOffsetNs
 * GAP              long fromNs | long toNs | long lost | byte kind | utf8 cause
 * END              long ktimeNs
 * NOTE             long ktimeNs | byte kind | utf8 "name=value" words, escaped as in a trail
 * </pre>
 */
final class Document {
    static final byte SESSION = 1;
    static final byte BATCH = 2;
    static final byte CLOCK = 3;
    static final byte GAP = 4;
    static final byte END = 5;
    static final byte NOTE = 6;

    private Document() {}
}
