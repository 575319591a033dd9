// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a worker's JVM is told. */
class WorkerDraftTest {
  @AfterEach
  void forget() {
    System.clearProperty("drover.vsphere.tls");
  }

  @Test
  void aWorkerReadsByTheTlsThatItsConverterWasToldToUse() {
    assertThat(WorkerDraft.javaOptions()).isEqualTo("-Djava.io.tmpdir=/drover/tmp");

    System.setProperty("drover.vsphere.tls", "jdk");

    assertThat(WorkerDraft.javaOptions()).endsWith(" -Ddrover.vsphere.tls=jdk");
  }
}
