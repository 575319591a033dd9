// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.junit.jupiter.api.Test;

/** The version of zstd-jni is ours, and Kafka must be able to work by it (decision 0040). */
class ZstdKafkaTest {
  @Test
  void recordsThatAreCompressedByZstdAreReadAgain() throws IOException {
    byte[] records = new byte[300_000];
    new Random(1).nextBytes(records);
    Arrays.fill(records, 1000, 200_000, (byte) 'a');
    Compression zstd = Compression.zstd().build();
    var stored = new ByteBufferOutputStream(1024);
    try (var out = zstd.wrapForOutput(stored, RecordBatch.CURRENT_MAGIC_VALUE)) {
      out.write(records);
    }

    ByteBuffer compressed = stored.buffer().flip();
    assertThat(compressed.remaining()).isLessThan(110_000);
    try (var in =
        zstd.wrapForInput(compressed, RecordBatch.CURRENT_MAGIC_VALUE, BufferSupplier.NO_CACHING)) {
      assertThat(in.readAllBytes()).isEqualTo(records);
    }
  }
}
