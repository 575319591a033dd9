// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/** The partitioner agrees with Kafka's own. */
class PartitionsTest {
  @Test
  void agreesWithKafkasPartitionerOnKeysOfEveryLength() {
    for (String key :
        new String[] {"", "a", "ab", "abc", "abcd", "vc-1/vm-äöü-€", "x".repeat(1001)}) {
      byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
      assertThat(Partitions.murmur2(bytes)).isEqualTo(Utils.murmur2(bytes));
      assertThat(Partitions.of(key, 7)).isEqualTo(Utils.toPositive(Utils.murmur2(bytes)) % 7);
    }
  }
}
