package io.fintrail.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * What the documents of a journal are made of; both writer and reader use it. Numbers are in host byte order.
 *
 * <pre>
 * every document   byte type | int number, counted from 0 in each roll file | … | int CRC-32 of all before
 * SESSION          utf8 "name=value" words, escaped as in a trail
 * SECTION          long drainedToNs | long wallOffsetNs | long index of the next record
 * BATCH            3 bytes nothing | records as {@link RecordEncoder} packs them
 * CLOCK            long drainedToNs | long wallOffsetNs | int documents since the section's SESSION
 * GAP              long fromNs | long toNs | long lost | byte kind | utf8 cause
 * NOTE             long ktimeNs | byte kind | utf8 "name=value" words, escaped as in a trail
 * END              long ktimeNs
 * </pre>
 *
 * A roll file is a row of sections; each begins with SESSION and SECTION and can be read without what is before it. In
 * every format a roll file's first document begins with the byte 1 and has {@code format=N} and {@code layout=HEX} in it.
 */
final class Document {
    static final byte SESSION = 1;
    static final byte BATCH = 2;
    static final byte CLOCK = 3;
    static final byte GAP = 4;
    static final byte END = 5;
    static final byte NOTE = 6;
    static final byte SECTION = 7;

    static final int HEADER_BYTES = 1 + 4;
    static final int CRC_BYTES = 4;

    /** Where a BATCH's records begin. */
    static final int RECORDS_AT = 8;

    /** No document is larger; a quarter of a {@link #BLOCK_BYTES} is what Chronicle can take. */
    static final int MAX_BYTES = 1 << 20;

    /** What Chronicle maps at a time. */
    static final int BLOCK_BYTES = 4 << 20;

    private Document() {}

    /** Of {@code bytes} from 0 to its position, where it stands afterwards, too. A view of it would be an object for each. */
    static int crc(ByteBuffer bytes, CRC32 crc) {
        int limit = bytes.limit();
        crc.reset();
        crc.update(bytes.flip());
        bytes.limit(limit);
        return (int) crc.getValue();
    }
}
