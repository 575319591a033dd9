// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.pipe.DigestOnly;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Moref;
import io.drover.vsphere.PowerState;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.drover.vsphere.VmFacts;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The vSphere adapter keeps the promises of the port, over SOAP and NFC to a vCenter. */
abstract class NfcSourceDisksSuite extends SourceDisksSuite {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final List<NfcSourceDisks> processes = new ArrayList<>();
  final VSphere vsphere = VSphere.connect(endpoint());

  /** The vCenter. */
  abstract VSphereEndpoint endpoint();

  /** The name of a VM with two disks of some MiB that no other test uses. */
  abstract String next();

  /** All sessions end, as by an idle timeout. */
  abstract void endSessions() throws Exception;

  @Test
  void aSessionThatEndedBetweenTheStepsOfARoundCostsALoginAndNothingElse() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "ended", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();

    endSessions();
    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());
    endSessions();
    sources.close(seed, taken, true, attempt());
    endSessions();
    sources.restoreTracking(seed, seed.migration(), attempt());

    assertThat(taken.changeIds()).containsOnlyKeys(keys(seed));
    assertThat(vsphere.snapshots().of(Moref.vm(source.moref()))).isEmpty();
    assertThat(tracks(source)).isFalse();
  }

  @Test
  void aLeaseWhoseSessionEndedIsOpenedAnewAndReadWhole() throws Exception {
    Source source = source(false);
    CopyOrder order = last(source);
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lost = sources.export(order, keys(order), attempt());

    endSessions();
    sources.release(order, lost, true, attempt());

    CopyEvidence.LeaseOpened lease = opened(sources, order);
    var disk = order.disks().getFirst();
    try (SourceDisks.Reading reading = sources.read(order, disk, lease, attempt())) {
      assertThat(read(reading)).isEqualTo(content(source, disk.deviceKey()));
    }
    sources.close(order, lease, true, attempt());
  }

  /** Opened as soon as it can be: what the journey's retries do. */
  static CopyEvidence.LeaseOpened opened(SourceDisks sources, CopyOrder order)
      throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      try {
        return sources.export(order, keys(order), attempt());
      } catch (CopyFault fault) {
        assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
        assertThat(System.nanoTime()).as("%s", fault.problem()).isLessThan(end);
        Thread.sleep(100);
      }
    }
  }

  /** The guest-visible bytes of a disk. */
  abstract byte[] bytes(String vm, int deviceKey, int length) throws Exception;

  @AfterEach
  void end() {
    processes.forEach(NfcSourceDisks::close);
    vsphere.close();
  }

  @Override
  SourceDisks process() {
    return process(NfcSettings.DEFAULT);
  }

  final SourceDisks process(NfcSettings settings) {
    var process = new NfcSourceDisks(_ -> vsphere, settings);
    processes.add(process);
    return process;
  }

  @Override
  Source source(boolean running) {
    VmFacts facts = vsphere.machines().facts(vsphere.machines().byName(next()).getFirst());
    if (!running && facts.runtime().powerState() == PowerState.ON) {
      vsphere.machines().powerOff(facts.moref(), SOON);
    }
    return new Source(
        new VmKey(vsphere.about().instanceUuid(), facts.identity().instanceUuid()),
        facts.moref().id(),
        facts.name(),
        facts.disks().stream()
            .map(disk -> disk(disk.deviceKey(), disk.label(), disk.capacityBytes()))
            .toList());
  }

  @Override
  boolean tracks(Source source) {
    return vsphere.machines().facts(Moref.vm(source.moref())).tracking().enabled();
  }

  @Override
  void track(Source source) {
    var _ = vsphere.machines().enableChangeTracking(Moref.vm(source.moref()), null, SOON);
  }

  @Override
  String content(Source source, int deviceKey) throws Exception {
    long size =
        source.disks().stream()
            .filter(disk -> disk.deviceKey() == deviceKey)
            .findFirst()
            .orElseThrow()
            .capacityBytes();
    return SampleDisks.digest(bytes(source.name(), deviceKey, Math.toIntExact(size)));
  }

  @Override
  String read(SourceDisks.Reading reading) throws IOException {
    ConversionResult result =
        Conversion.of(Conversion.streamOptimized(reading.stream(), Set.of()), new DigestOnly())
            .run();
    var digest = result.digest();
    return digest == null ? "" : digest.root();
  }
}
