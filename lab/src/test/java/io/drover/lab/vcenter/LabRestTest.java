// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.vsphere.Moref;
import io.drover.vsphere.Tags;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tags over REST, and changed areas in pages over SOAP, as the product's client reads them. */
class LabRestTest {
  private SmallLab lab;

  @BeforeEach
  void start() {
    lab =
        new SmallLab(
            io.drover.lab.vcenter.estate.LabPace.quick().withGuestWrites(java.time.Duration.ZERO),
            LabVCenter.Options.defaults().withMaxChangedAreas(2));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private VSphere connect() {
    return VSphere.connect(
        new VSphereEndpoint(
            lab.vcenter.url(),
            lab.vcenter.user(),
            () -> lab.vcenter.password().toCharArray(),
            Trust.thumbprint(lab.vcenter.sha256Thumbprint())));
  }

  @Test
  void tagsAreReadWithTheirCategories() {
    lab.estate.tags().attach(lab.on, "Application", "shop");
    lab.estate.tags().attach(lab.off, "Application", "shop");
    lab.estate.tags().attach(lab.on, "Tier", "db");

    try (VSphere vsphere = connect()) {
      assertThat(vsphere.tags().attached())
          .containsEntry(
              Moref.vm(lab.on.ref().value()),
              List.of(new Tags.Tag("Application", "shop"), new Tags.Tag("Tier", "db")))
          .containsEntry(
              Moref.vm(lab.off.ref().value()), List.of(new Tags.Tag("Application", "shop")));
    }
  }

  @Test
  void withoutLoginThereAreNoTags() throws Exception {
    PlainSoap.Answer answer =
        new PlainSoap(lab.vcenter).http("GET", "/rest/com/vmware/cis/tagging/tag", "");

    assertThat(answer.status()).isEqualTo(401);
  }

  @Test
  void changedAreasComeInPages() throws Exception {
    try (VSphere vsphere = connect()) {
      Moref vm = Moref.vm(lab.on.ref().value());
      int key = lab.on.disks().getFirst().key();
      lab.end(lab.on.snapshots().create("a", "", false, false, "CreateSnapshot_Task", "t"));
      String since =
          java.util.Objects.requireNonNull(
              lab.on.snapshots().all().getLast().changeId(lab.on.disks().getFirst()));
      for (int i = 0; i < 5; i++) {
        lab.on.disks().getFirst().content().write((10L + 3 * i) << 20, new byte[] {1});
      }
      lab.end(lab.on.snapshots().create("b", "", false, false, "CreateSnapshot_Task", "t"));
      Moref second =
          new Moref("VirtualMachineSnapshot", lab.on.snapshots().all().getLast().ref().value());

      List<Long> starts = new java.util.ArrayList<>();
      vsphere
          .snapshots()
          .changedAreas(vm, second, key, since)
          .forEach(area -> starts.add(area.start() >> 20));

      assertThat(starts).containsExactly(10L, 13L, 16L, 19L, 22L);
    }
  }

  @Test
  void aRestartForgetsTheLoginAndTheClientComesBack() {
    lab.estate.tags().attach(lab.on, "Tier", "db");
    try (VSphere vsphere = connect()) {
      lab.vcenter.restart(java.time.Duration.ZERO);

      assertThat(vsphere.tags().attached()).hasSize(1);
    }
  }
}
