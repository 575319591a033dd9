// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What waits for a reader that is slow, or that has just come. */
class BacklogTest {
  private final Backlog backlog = new Backlog();

  @Test
  void noDocumentIsDroppedHoweverManyThereAre() {
    int many = 15_000;
    for (int vm = 0; vm < many; vm++) {
      backlog.offer("migration", "vm-" + vm, vm);
    }

    assertThat(backlog.take(Integer.MAX_VALUE)).hasSize(many);
    assertThat(backlog.take(Integer.MAX_VALUE)).isEmpty();
  }

  @Test
  void theLatestOfADocumentWaitsAndGoesLast() {
    backlog.offer("migration", "vm-1", "old");
    backlog.offer("quarantine", "all", "-");
    backlog.offer("migration", "vm-1", "new");

    assertThat(backlog.take(Integer.MAX_VALUE))
        .extracting(Backlog.Waiting::document)
        .containsExactly("-", "new");
  }

  @Test
  void aSnapshotDoesNotReplaceWhatChangedSince() {
    backlog.offer("migration", "vm-1", "changed");
    backlog.offerIfAbsent("migration", "vm-1", "as it was");

    assertThat(backlog.take(10)).extracting(Backlog.Waiting::document).containsExactly("changed");
  }

  @Test
  void whatDoesNotFitWaitsOnInItsOrder() {
    backlog.offer("migration", "vm-1", "first");
    backlog.offer("migration", "vm-2", "second");
    backlog.offer("migration", "vm-3", "third");

    assertThat(backlog.take(2))
        .extracting(Backlog.Waiting::document)
        .containsExactly("first", "second");
    assertThat(backlog.take(2)).extracting(Backlog.Waiting::document).containsExactly("third");
  }
}
