// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.lab.cluster.api.PodLogs;
import io.drover.lab.cluster.control.cdi.Cdi;
import io.drover.lab.cluster.control.cdi.DataVolumeController;
import io.drover.lab.cluster.control.cdi.UploadTaken;
import io.drover.lab.cluster.control.cdi.UploadTokenApi;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.jobs.JobController;
import io.drover.lab.cluster.control.jobs.WorkerProcesses;
import io.drover.lab.cluster.control.kube.ControlLoop;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Events;
import io.drover.lab.cluster.control.kube.GarbageCollector;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.PodReaper;
import io.drover.lab.cluster.control.kube.World;
import io.drover.lab.cluster.control.serve.FaultsHandler;
import io.drover.lab.cluster.control.serve.HttpsFront;
import io.drover.lab.cluster.control.storage.ClaimController;
import io.drover.lab.cluster.control.storage.LabCeph;
import io.drover.lab.cluster.control.storage.ReclaimController;
import io.drover.lab.cluster.control.storage.SnapshotController;
import io.drover.lab.cluster.control.storage.VolumeStore;
import io.drover.lab.cluster.control.virt.Virt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The lab's cluster behind an API server: storage, snapshots, CDI, KubeVirt and Jobs, played by
 * plain API clients. The same code runs behind {@link LabApiServer} and behind a real
 * kube-apiserver with the real CRDs.
 */
public final class LabCluster implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Kube kube;
  private final World world;
  private final ClusterFaults faults = new ClusterFaults();
  private final VolumeStore store;
  private final Cdi cdi;
  private final Virt virt;
  private final WorkerProcesses workers;
  private final HttpsFront front;
  private final LabCertificates certificates = LabCertificates.create();
  private final ControlLoop loop;

  private LabCluster(String apiUrl, String caPem, String token, LabClusterOptions options)
      throws IOException {
    LabClusterOptions.Pace pace = options.pace();
    this.kube = new Kube(apiUrl, caPem, token);
    this.world = new World(kube);
    this.store = new VolumeStore(options.folder(), options.capacity());
    this.cdi =
        new Cdi(
            kube,
            world,
            store,
            faults,
            new Cdi.Delays(pace.phase(), pace.retry(), pace.uploadPatience(), pace.tokenLife()),
            new Cdi.Sources(options.folder().resolve("scratch"), options.vddkSource()));
    this.virt =
        new Virt(
            kube,
            world,
            store,
            faults,
            new Virt.Delays(pace.phase(), pace.agent(), pace.guestWork()),
            options.guestBoot());
    this.workers =
        new WorkerProcesses(
            kube,
            store,
            new WorkerProcesses.Settings(
                options.workerCommand(), options.folder(), apiUrl, caPem, token));
    this.front = new HttpsFront(0, certificates.certificatePem(), certificates.keyPem());
    this.loop = startLoop(pace);
    front.mount("/v1beta1", cdi.proxy());
    front.mount("/v1alpha1", cdi.proxy());
    front.mount("/metrics", virt.metrics());
    front.mount("/lab/faults", new FaultsHandler(faults, token));
  }

  private ControlLoop startLoop(LabClusterOptions.Pace pace) {
    DataVolumeController dataVolumes = cdi.controller();
    JobController jobs =
        new JobController(
            kube,
            world,
            store,
            faults,
            workers,
            new JobController.Delays(pace.phase(), pace.played(), pace.retry()));
    List<Controller> controllers = new ArrayList<>();
    controllers.add(new ClaimController(kube, world, store, faults, new Events(kube)));
    controllers.add(new ReclaimController(kube, world, store));
    controllers.add(new LabCeph(kube, store));
    controllers.add(new SnapshotController(kube, world, store, faults, pace.snapshot()));
    controllers.add(dataVolumes);
    controllers.add(cdi.configController(front.url().getAuthority(), certificates.caPem()));
    controllers.add(jobs);
    controllers.addAll(virt.controllers());
    controllers.add(new GarbageCollector(kube, world));
    controllers.add(new PodReaper(kube, world, pod -> workers.ended(pod) && virt.ended(pod)));
    ControlLoop started = new ControlLoop(controllers);
    dataVolumes.wakeWith(key -> started.wake(dataVolumes, key));
    jobs.wakeWith(key -> started.wake(jobs, key));
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    controllers.forEach(controller -> kinds.addAll(controller.watches()));
    kinds.add(Kind.VOLUME);
    world.watch(kinds, pace.resync(), PATIENCE, started::changed);
    return started;
  }

  /**
   * Starts to play a cluster behind an API server.
   *
   * @param apiUrl base URL of the API server
   * @param caPem its authority; empty for the system's
   * @param token bearer token of somebody who may do everything
   * @throws IOException when the folder or the port cannot be had
   */
  public static LabCluster start(
      String apiUrl, String caPem, String token, LabClusterOptions options) throws IOException {
    return new LabCluster(apiUrl, caPem, token, options);
  }

  /** Starts behind a lab API server, with the aggregated APIs and pod logs plugged into it. */
  public static LabCluster behind(LabApiServer server, LabClusterOptions options)
      throws IOException {
    LabCluster cluster =
        start(server.url().toString(), server.caPem(), server.adminToken(), options);
    cluster.aggregatedApis().forEach(server::mount);
    server.logs(cluster.podLogs());
    return cluster;
  }

  /** Base URL of the upload proxy; uploads go to {@code /v1beta1/upload} below it. */
  public URI uploadProxyUrl() {
    return front.url();
  }

  /** PEM of the authority that signed the certificate of the upload proxy and the metrics. */
  public String uploadProxyCa() {
    return certificates.caPem();
  }

  /** What was uploaded last into a claim; empty when nothing was. */
  public Optional<UploadTaken> uploadTaken(String namespace, String claim) {
    return cdi.uploadTaken(namespace, claim);
  }

  /** Where virt-handler's metrics are served, in the Prometheus text format. */
  public URI metricsUrl() {
    return front.url().resolve("/metrics");
  }

  /** Where fault rules can be set over HTTPS, with the bearer token of the start. */
  public URI faultsUrl() {
    return front.url().resolve("/lab/faults");
  }

  /** The volume files. */
  public VolumeStore volumes() {
    return store;
  }

  /** The volume file of a claim; empty while it has none. */
  public Optional<VolumeStore.Volume> volumeOf(String namespace, String claim) throws IOException {
    Optional<Doc> doc = kube.get(Kind.CLAIM, namespace, claim);
    return doc.isEmpty() ? Optional.empty() : store.volume(ClaimController.handle(doc.get()));
  }

  /** The rules of what goes wrong. */
  public ClusterFaults faults() {
    return faults;
  }

  /** KubeVirt's subresources and CDI's upload tokens, to be mounted into an API server. */
  public List<AggregatedApi> aggregatedApis() {
    return List.of(virt.subresources(), new UploadTokenApi(cdi.tokens()));
  }

  /** The logs of worker pods. */
  public PodLogs podLogs() {
    return (namespace, pod, container) -> {
      try {
        return workers.log(namespace, pod);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  @Override
  public void close() {
    front.close();
    loop.close();
    world.close();
    cdi.close();
    virt.close();
    workers.close();
    kube.close();
  }
}
