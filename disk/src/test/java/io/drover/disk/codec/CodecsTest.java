// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.sample.SampleDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both engines, where this machine has both, must agree on every input. */
class CodecsTest {
  private static final int GRAIN = 65536;

  private final Arena arena = Arena.ofConfined();
  private final List<Inflate> engines = new ArrayList<>(List.of(new JdkInflate()));

  CodecsTest() {
    if (LibDeflate.available()) {
      engines.add(new LibDeflate.Decompressor());
    }
  }

  @AfterEach
  void close() {
    engines.forEach(Inflate::close);
    arena.close();
  }

  @Test
  void everyEngineInflatesWhatEveryOtherCompressed() throws DataFormatException {
    // Given
    MemorySegment guest = copy(SampleDisk.mixed(GRAIN, 8).bytes());
    List<Deflate> compressors = new ArrayList<>(List.of(new JdkDeflate(6)));
    if (LibDeflate.available()) {
      compressors.add(new LibDeflate.Compressor(1));
    }
    for (Deflate compressor : compressors) {
      MemorySegment room = arena.allocate(2 * GRAIN);
      int stored = compressor.zlib(guest, room);
      for (Inflate engine : engines) {
        MemorySegment out = arena.allocate(GRAIN);

        // When
        int produced = engine.zlib(room.asSlice(0, stored), out);

        // Then
        assertThat(produced).isEqualTo(GRAIN);
        assertThat(out.mismatch(guest)).isEqualTo(-1);
      }
      compressor.close();
    }
  }

  @Test
  void everyEngineRefusesTheSameDamage() throws DataFormatException {
    // Given
    MemorySegment guest = copy(SampleDisk.mixed(GRAIN, 9).bytes());
    MemorySegment room = arena.allocate(2 * GRAIN);
    int stored;
    try (Deflate compressor = new JdkDeflate(6)) {
      stored = compressor.zlib(guest, room);
    }
    Random random = new Random(2);
    for (int i = 0; i < 300; i++) {
      int at = random.nextInt(stored);
      byte was = room.get(ValueLayout.JAVA_BYTE, at);
      room.set(ValueLayout.JAVA_BYTE, at, (byte) (was ^ 1 << random.nextInt(8)));

      // When
      List<Boolean> same = new ArrayList<>();
      for (Inflate engine : engines) {
        same.add(inflatesTo(engine, room.asSlice(0, stored), guest));
      }

      // Then: refused by all, or harmless to all
      assertThat(same).as("byte %d", at).containsOnly(same.getFirst());
      room.set(ValueLayout.JAVA_BYTE, at, was);
    }
  }

  @Test
  void dataBehindTheStreamIsRefusedAndPaddingIsNot() throws DataFormatException {
    // Given
    MemorySegment guest = copy(new byte[GRAIN]);
    MemorySegment room = arena.allocate(GRAIN);
    int stored;
    try (Deflate compressor = new JdkDeflate(6)) {
      stored = compressor.zlib(guest, room);
    }
    for (Inflate engine : engines) {
      MemorySegment out = arena.allocate(GRAIN);

      // When, Then
      assertThat(engine.zlib(room.asSlice(0, stored + 100), out)).isEqualTo(GRAIN);
      room.set(ValueLayout.JAVA_BYTE, stored + 50, (byte) 1);
      assertThatThrownBy(() -> engine.zlib(room.asSlice(0, stored + 100), out))
          .hasMessageContaining("follow");
      room.set(ValueLayout.JAVA_BYTE, stored + 50, (byte) 0);
    }
  }

  @Test
  void moreThanFitsIsRefused() {
    // Given
    MemorySegment guest = copy(new byte[GRAIN]);
    MemorySegment room = arena.allocate(GRAIN);
    int stored;
    try (Deflate compressor = new JdkDeflate(6)) {
      stored = compressor.zlib(guest, room);
    }
    for (Inflate engine : engines) {
      // When, Then
      assertThatThrownBy(() -> engine.zlib(room.asSlice(0, stored), arena.allocate(GRAIN - 1)))
          .isInstanceOf(DataFormatException.class);
    }
  }

  private boolean inflatesTo(Inflate engine, MemorySegment in, MemorySegment guest) {
    MemorySegment out = arena.allocate(GRAIN);
    try {
      int produced = engine.zlib(in, out);
      return produced == GRAIN && out.mismatch(guest) == -1;
    } catch (DataFormatException e) {
      return false;
    }
  }

  private MemorySegment copy(byte[] bytes) {
    return arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
  }
}
