// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.SourceDisks;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.pipe.DigestOnly;
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

/** The vSphere adapter keeps the promises of the port, over SOAP and NFC to a vCenter. */
abstract class NfcSourceDisksSuite extends SourceDisksSuite {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final List<NfcSourceDisks> processes = new ArrayList<>();
  private final VSphere vsphere = VSphere.connect(endpoint());

  /** The vCenter. */
  abstract VSphereEndpoint endpoint();

  /** The name of a VM with two disks of some MiB that no other test uses. */
  abstract String next();

  /** The guest-visible bytes of a disk. */
  abstract byte[] bytes(String vm, int deviceKey, int length) throws Exception;

  @AfterEach
  void end() {
    processes.forEach(NfcSourceDisks::close);
    vsphere.close();
  }

  @Override
  SourceDisks process() {
    var process = new NfcSourceDisks(_ -> vsphere, NfcSettings.DEFAULT);
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
        Conversion.of(
                Conversion.streamOptimized(ForwardInput.channel(reading.stream()), Set.of()),
                new DigestOnly())
            .run();
    var digest = result.digest();
    return digest == null ? "" : digest.root();
  }
}
