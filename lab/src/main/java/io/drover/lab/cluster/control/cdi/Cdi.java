// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.World;
import io.drover.lab.cluster.control.storage.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** The lab's CDI: its controller, its upload proxy and tokens, and the parts that they share. */
public final class Cdi implements AutoCloseable {

  private final Kube kube;
  private final World world;
  private final VolumeStore store;
  private final ClusterFaults faults;
  private final Delays delays;
  private final Transfers transfers = new Transfers();
  private final Uploads uploads = new Uploads();
  private final UploadTokens tokens;
  private final ImageLanding landing;
  private final ImportWork work;

  /**
   * How long things take at least.
   *
   * @param phase each scheduling phase of a DataVolume
   * @param retry before a crashed importer starts again
   * @param uploadPatience how long the proxy waits for an upload server (CDI: 10 s)
   * @param tokenLife how long an upload token is good (CDI: 5 min)
   */
  public record Delays(
      Duration phase, Duration retry, Duration uploadPatience, Duration tokenLife) {}

  /** A CDI over one store. */
  public Cdi(
      Kube kube,
      World world,
      VolumeStore store,
      ClusterFaults faults,
      Delays delays,
      Sources sources)
      throws IOException {
    this.kube = kube;
    this.world = world;
    this.store = store;
    this.faults = faults;
    this.delays = delays;
    this.tokens = new UploadTokens(delays.tokenLife(), Clock.systemUTC());
    this.landing = new ImageLanding(sources.scratch(), faults);
    this.work = new ImportWork(kube, faults, landing, sources.vddk());
  }

  /**
   * Where bytes come from and wait.
   *
   * @param scratch folder for staged images
   * @param vddk reader of vSphere disks
   */
  public record Sources(Path scratch, VddkSource vddk) {}

  /** A controller of DataVolumes. */
  public DataVolumeController controller() {
    return new DataVolumeController(this);
  }

  /**
   * A controller that publishes the upload proxy in the CDIConfig, without a scheme as CDI does.
   */
  public Controller configController(String hostAndPort, String authorityPem) {
    return new CdiConfigController(kube, world, hostAndPort, authorityPem);
  }

  /** The upload proxy's handler. */
  public UploadProxy proxy() {
    return new UploadProxy(world, uploads, tokens, faults, landing, delays.uploadPatience());
  }

  /** The upload that a claim took last; empty when it took none. */
  public Optional<UploadTaken> uploadTaken(String namespace, String claim) {
    return uploads.taken(new Key(namespace, claim));
  }

  /** The signer of upload tokens. */
  public UploadTokens tokens() {
    return tokens;
  }

  Kube kube() {
    return kube;
  }

  World world() {
    return world;
  }

  VolumeStore store() {
    return store;
  }

  ClusterFaults faults() {
    return faults;
  }

  Delays delays() {
    return delays;
  }

  Transfers transfers() {
    return transfers;
  }

  Uploads uploads() {
    return uploads;
  }

  ImportWork work() {
    return work;
  }

  ClaimDraft claims() {
    return new ClaimDraft(world);
  }

  @Override
  public void close() {
    transfers.close();
  }
}
