// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.pipe.Packed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A stream that stores more than 2 TiB, behind which the 32 bits of a table's entries name no
 * sector. It is made while it is read and kept nowhere: of a grain only the marker is written.
 */
class LongStreamTest {
  private static final int SECTOR = 512;
  private static final int GRAIN_SECTORS = 2048;
  private static final int STORED = GRAIN_SECTORS * SECTOR - 12;
  private static final int ENTRIES = 512;
  private static final int TABLE_SECTORS = ENTRIES * 4 / SECTOR;

  /**
   * A table's grains, its marker and the table itself. A part of 2 TiB, so that the place of a
   * table behind them, cut to 32 bits, is that of an earlier one.
   */
  private static final long GROUP = (long) ENTRIES * GRAIN_SECTORS;

  /** Two tables more than there are within 2 TiB. */
  private static final int TABLES = (int) ((1L << 32) / GROUP) + 3;

  @Test
  void aStreamThatStoresMoreThanAnEntryCanNameIsReadToItsEnd() throws IOException {
    // Given
    var stream = new Stream(-1);

    // When
    long grains = read(stream);

    // Then
    assertThat(stream.sent).isGreaterThan(2L << 40);
    assertThat(grains).isEqualTo((long) TABLES * ENTRIES);
  }

  @Test
  void whatATableWithinTwoTebibytesSaysIsStillCompared() {
    // Given
    var stream = new Stream(1000);

    // When, Then
    assertThatThrownBy(() -> read(stream))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("Grain table 1000 does not name the grains that came");
  }

  /** Reads all of it; how many grains came. */
  private static long read(Stream stream) throws IOException {
    long grains = 0;
    try (var packed = new Packed();
        var reader = new StreamOptimizedReader(new ForwardInput(stream, Set.of()))) {
      while (reader.next(packed)) {
        grains += packed.count();
      }
      assertThat(reader.grains()).isEqualTo(grains);
    }
    return grains;
  }

  /** The layout of ESXi: a table behind its grains, the directory, footer and end at the end. */
  private static final class Stream implements ReadableByteChannel {
    private final int wrong;
    private long sent;
    private int table;
    private int grain;
    private int end;
    private ByteBuffer piece = header(SparseHeader.AT_END);
    private long unwritten;

    /**
     * @param wrong the table of which an entry is wrong
     */
    Stream(int wrong) {
      this.wrong = wrong;
    }

    private static ByteBuffer header(long directory) {
      return new SparseHeader(
              3,
              SparseHeader.COMPRESSED | SparseHeader.MARKERS,
              (long) TABLES * ENTRIES * GRAIN_SECTORS,
              GRAIN_SECTORS,
              0,
              0,
              ENTRIES,
              0,
              directory,
              1,
              1)
          .encode();
    }

    @Override
    public int read(ByteBuffer into) {
      int before = into.position();
      if (piece.hasRemaining()) {
        int count = Math.min(piece.remaining(), into.remaining());
        into.put(before, piece, piece.position(), count).position(before + count);
        piece.position(piece.position() + count);
      } else if (unwritten > 0) {
        // The bytes of a grain, whatever they are: nobody inflates them here.
        int count = (int) Math.min(unwritten, into.remaining());
        into.position(before + count);
        unwritten -= count;
      } else if (next()) {
        return read(into);
      } else {
        return -1;
      }
      sent += into.position() - before;
      return into.position() - before;
    }

    /** Goes on to the next part; false behind the last. */
    private boolean next() {
      if (table < TABLES && grain < ENTRIES) {
        // The marker, and no more at once, so that the grain passes by the reader's window.
        piece = little(SECTOR);
        // The last one leaves the room of its table.
        int less = grain == ENTRIES - 1 ? (1 + TABLE_SECTORS) * SECTOR : 0;
        piece
            .putLong(0, ((long) table * ENTRIES + grain++) * GRAIN_SECTORS)
            .putInt(8, STORED - less);
        unwritten = (long) GRAIN_SECTORS * SECTOR - SECTOR - less;
        return true;
      }
      if (table < TABLES) {
        piece = marked(TABLE_SECTORS, Marker.GRAIN_TABLE);
        for (int i = 0; i < ENTRIES; i++) {
          piece.putInt(SECTOR + i * 4, (int) (1 + table * GROUP + (long) i * GRAIN_SECTORS));
        }
        if (table == wrong) {
          piece.putInt(SECTOR, 7);
        }
        table++;
        grain = 0;
        return true;
      }
      int directorySectors = (TABLES * 4 + SECTOR - 1) / SECTOR;
      switch (end++) {
        case 0 -> {
          piece = marked(directorySectors, Marker.GRAIN_DIRECTORY);
          for (int i = 0; i < TABLES; i++) {
            piece.putInt(SECTOR + i * 4, (int) (1 + (i + 1) * GROUP - TABLE_SECTORS));
          }
        }
        case 1 -> {
          piece = marked(1, Marker.FOOTER);
          piece.put(SECTOR, header(1 + TABLES * GROUP + 1), 0, SECTOR);
        }
        case 2 -> piece = little(SECTOR);
        default -> {
          return false;
        }
      }
      return true;
    }

    /** A marker with room for what it announces. */
    private static ByteBuffer marked(int sectors, int type) {
      return little((1 + sectors) * SECTOR).putLong(0, sectors).putInt(12, type);
    }

    private static ByteBuffer little(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {
      // There is nothing behind it.
    }
  }
}
