// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.ConverterSection;
import io.drover.app.config.DroverConfig;
import io.drover.console.Herd;
import io.drover.converter.ConversionEffect;
import io.drover.converter.ConversionService;
import io.drover.converter.CopyFault;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.cdi.CopyOutlook;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.drover.converter.vsphere.ImporterLogin;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.disk.pipe.Workers;
import io.drover.engine.Eye;
import io.drover.engine.Order;
import io.drover.engine.ServiceSpec;
import io.drover.engine.StopSignal;
import io.drover.executor.DispatchService;
import io.drover.executor.MigrationService;
import io.drover.executor.Patience;
import io.drover.executor.Trouble;
import io.drover.executor.kubevirt.KubeVirtSettings;
import io.drover.executor.kubevirt.KubeVirtTargetVm;
import io.drover.executor.kubevirt.Reach;
import io.drover.executor.vsphere.VSphereSourceVm;
import io.drover.ingest.IngestService;
import io.drover.ingest.kubernetes.ClusterEye;
import io.drover.ingest.vsphere.VCenterEye;
import io.drover.planner.InventoryView;
import io.drover.planner.PlanEye;
import io.drover.planner.PlannerService;
import io.drover.planner.StandingPlans;
import io.drover.runtime.body.ProgressWords;
import io.drover.runtime.config.Secret;
import io.drover.runtime.config.SettingsException;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.SinkPolicy;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereFault;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where ports meet adapters: written by hand, one place, no container. */
final class Wiring implements AutoCloseable {
  /** Pause between two looks whether plans are out of date. */
  private static final Duration PLANS_EVERY = Duration.ofSeconds(15);

  private final DroverConfig config;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Connections connections;
  private @Nullable KubernetesClient client;

  /** The folder of images, while this process makes the copies. */
  private volatile @Nullable Staging staging;

  Wiring(DroverConfig config) {
    this.config = config;
    this.connections = new Connections(config.vcenters());
    opened.add(connections);
  }

  /** Ingest, with one eye a vCenter and one on the cluster. */
  ServiceSpec<?, ?, ?, ?, ?> ingest(Views views) {
    Function<String, Set<EntityKey>> known =
        site ->
            estate(views).inventory().stream()
                .map(Inventory::key)
                .filter(key -> key.site().equals(site))
                .collect(Collectors.toSet());
    var eyes = new ArrayList<Eye<InventoryMessage>>();
    for (DroverConfig.VCenter vcenter : config.vcenters()) {
      eyes.add(
          new VCenterEye(
              vcenter.name(), Connections.endpoint(vcenter), known, VCenterEye.TAGS_EVERY));
    }
    eyes.add(new ClusterEye(cluster(), config.cluster().interval(), known));
    return IngestService.spec(eyes);
  }

  private static Herd estate(Views views) {
    try {
      return views.estate();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StopSignal.Stopped();
    }
  }

  /** The planner, over the inventory as the facts show it. */
  ServiceSpec<?, ?, ?, ?, ?> planner(Views views) {
    InventoryView inventory = () -> LivePlans.snapshot(views.estate(), ways());
    return PlannerService.spec(
        inventory, List.of(new PlanEye(() -> standing(views), inventory, PLANS_EVERY)));
  }

  /** None before all was read: a plan of which a part was read is out of date by what is not. */
  private static List<StandingPlans.Plan> standing(Views views) {
    return views.caughtUp() ? LivePlans.standing(views.herd()) : List.of();
  }

  /** The planner is told of the ways into volumes as the converter is. */
  private SinkPolicy.Ways ways() {
    return new SinkPolicy.Ways(
        config.cluster().uploadProxy() != null,
        config.converter().staging() != null,
        config.converter().direct());
  }

  /**
   * The executor's journeys.
   *
   * @param copies whether this process makes the copies, too
   */
  ServiceSpec<?, ?, ?, ?, ?> migration(boolean copies) {
    DroverConfig.Cluster cluster = config.cluster();
    Secret token = cluster.writeMetricsToken();
    if (token != null) {
      // Said now, and not when the first target soaks.
      var _ = token.read();
    }
    KubeVirtSettings.Metrics metrics =
        cluster.writeMetrics() == null
            ? null
            : new KubeVirtSettings.Metrics(
                cluster.writeMetrics(),
                pem("cluster.writeMetricsCa", cluster.writeMetricsCa()),
                token == null ? null : token::read);
    var spec =
        MigrationService.spec(
            new VSphereSourceVm(this::sourceOfJourney),
            new KubeVirtTargetVm(
                cluster(),
                new KubeVirtSettings(cluster.conversionImage(), metrics, Reach.direct())),
            Patience.real());
    return new ServiceSpec<>(
        spec.brain(),
        spec.types(),
        spec.decider(),
        new EarlyLook(spec.hand(), early(outlook(copies)::look)),
        spec.eyes());
  }

  /** Where the copies are made elsewhere, nobody here sees the staging folder. */
  Consumer<CopyOrder> early(Consumer<CopyOrder> outlook) {
    return order -> {
      outlook.accept(order);
      Staging here = staging;
      if (here != null) {
        here.room().look(order, ways());
      }
    };
  }

  /** The executor is told of the ways into volumes as the converter is, and opens none. */
  private CopyOutlook outlook(boolean copies) {
    return new CopyOutlook(
        cluster(),
        new CopyOutlook.Ways(
            upload(config),
            config.converter().staging() != null,
            config.converter().direct(),
            copies),
        worker(),
        this::vddk,
        ImporterLogin::attempt);
  }

  private CdiSettings.WorkerPod worker() {
    DroverConfig.Cluster cluster = config.cluster();
    return CdiSettings.WorkerPod.of(cluster.workerImage())
        .as(cluster.workerServiceAccount(), cluster.workerPullSecret());
  }

  /** Where disks are uploaded to; null if nowhere. */
  static CdiSettings.@Nullable Upload upload(DroverConfig config) {
    URI proxy = config.cluster().uploadProxy();
    return proxy == null
        ? null
        : CdiSettings.Upload.of(
            proxy, pem("cluster.uploadProxyCa", config.cluster().uploadProxyCa()));
  }

  private VSphere sourceOfJourney(String instanceUuid) {
    VSphere found = connections.find(instanceUuid);
    if (found == null) {
      throw Trouble.refused(
          "vcenter-not-configured",
          notConfigured(instanceUuid),
          "Add it to vcenters in drover.yaml.");
    }
    return found;
  }

  private static String notConfigured(String instanceUuid) {
    return "No vCenter with the instance UUID " + instanceUuid + " is configured here.";
  }

  /** The executor's slots. */
  ServiceSpec<?, ?, ?, ?, ?> dispatch() {
    return DispatchService.spec();
  }

  /** The converter. */
  ServiceSpec<?, ?, ?, ?, ConversionEffect> conversion() {
    DroverConfig.Cluster cluster = config.cluster();
    ConverterSection converter = config.converter();
    var workers = new Workers(Runtime.getRuntime().availableProcessors());
    opened.add(workers);
    var sources =
        new NfcSourceDisks(
            this::sourceOfCopy,
            NfcSettings.DEFAULT
                .withReads(converter.readsPerHost(), converter.readsPerVCenter())
                .withBytesPerSecond((long) converter.maxMiBs() << 20)
                .withQuiesce(converter.quiesce()));
    opened.add(sources);
    var imports =
        new CdiDiskImports(
            cluster(),
            new CdiSettings(
                sinks(),
                worker(),
                this::vddk,
                CdiSettings.Patience.DEFAULT,
                (long) converter.diskMemoryMiB() << 20),
            workers,
            Clock.systemUTC());
    return ConversionService.spec(sources, imports);
  }

  private VSphere sourceOfCopy(String instanceUuid) {
    VSphere found = connections.find(instanceUuid);
    if (found == null) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "vcenter-not-configured",
          notConfigured(instanceUuid),
          "Add it to vcenters in drover.yaml.");
    }
    return found;
  }

  /** The ways of a stream into a volume that are configured. */
  private CdiSettings.Sinks sinks() {
    DroverConfig.Cluster cluster = config.cluster();
    ConverterSection.Staging staging = config.converter().staging();
    URI proxy = cluster.uploadProxy();
    if (proxy == null && staging == null && !config.converter().direct()) {
      throw new SettingsException(
          "cluster.uploadProxy is missing: name cdi-uploadproxy as it is reached from here, for"
              + " example the route of that name in openshift-cnv; or set converter.staging or"
              + " converter.direct");
    }
    return new CdiSettings.Sinks(
        upload(config), staging == null ? null : staging(staging), config.converter().direct());
  }

  /**
   * How images are staged.
   *
   * @throws IllegalArgumentException where that would show them to the network
   */
  static StagingSettings settings(ConverterSection.Staging section) {
    Path certificate = section.certificate();
    Path key = section.key();
    return new StagingSettings(
        section.folder(),
        section.spaceGiB() == null ? 0 : (long) section.spaceGiB() << 30,
        (long) section.reserveGiB() << 30,
        section.host(),
        section.port(),
        section.url(),
        certificate == null || key == null
            ? null
            : new StagingSettings.Tls(certificate, key, section.ca()),
        section.zstd());
  }

  private Staging staging(ConverterSection.Staging section) {
    try {
      var opening = Staging.open(settings(section));
      opened.add(opening);
      staging = opening;
      return opening;
    } catch (IllegalArgumentException e) {
      throw new SettingsException("converter.staging: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SettingsException(
          "converter.staging: "
              + section.folder()
              + " cannot be used, or "
              + section.host()
              + ":"
              + section.port()
              + " cannot be listened at: "
              + e.getMessage(),
          e);
    }
  }

  private @Nullable String nameOf(String instanceUuid) {
    try {
      return connections.name(instanceUuid);
    } catch (VSphereFault fault) {
      throw new CopyFault(
          new Problem(
              Problem.Kind.UNAVAILABLE,
              "vcenter-unreachable",
              "Which vCenter has the instance UUID "
                  + instanceUuid
                  + " is not known: "
                  + fault.said()
                  + ".",
              fault.remedy()),
          fault);
    }
  }

  /** How CDI's VDDK importer reaches a vCenter; null when that is not configured. */
  private CdiSettings.@Nullable Vddk vddk(String instanceUuid) {
    String name = nameOf(instanceUuid);
    ConverterSection.Vddk vddk = name == null ? null : config.converter().vddk().get(name);
    VSphere vcenter = connections.find(instanceUuid);
    return vddk == null || vcenter == null
        ? null
        : new CdiSettings.Vddk(
            vcenter.endpoint().url(),
            vddk.thumbprint(),
            vddk.secret(),
            config.cluster().vddkImage());
  }

  /** The progress that readers see: of the disks that the converter moves or reads back. */
  static @Nullable DiskProgress progress(
      Brain brain, Order<?> order, ProgressWords.Report report, Instant at) {
    CopyOrder copy = order.effect() instanceof ConversionEffect effect ? orderOf(effect) : null;
    return copy == null || !report.subject().chars().allMatch(Character::isDigit)
        ? null
        : new DiskProgress(
            copy.vm(),
            copy.migration(),
            copy.copy(),
            Integer.parseInt(report.subject()),
            report.what(),
            report.done(),
            report.total(),
            at);
  }

  private static @Nullable CopyOrder orderOf(ConversionEffect effect) {
    return switch (effect) {
      case ConversionEffect.EnsureVolumeReady e -> e.order();
      case ConversionEffect.EnsureSourceOpen e -> e.order();
      case ConversionEffect.EnsureDiskTransferred e -> e.order();
      case ConversionEffect.EnsureSourceClosed e -> e.order();
      case ConversionEffect.EnsureSourceDigested e -> e.order();
      case ConversionEffect.EnsureVolumeDigested e -> e.order();
      case ConversionEffect.EnsureCopyStopped e -> e.order();
      case ConversionEffect.EnsureCopiesRemoved e -> e.order();
      case ConversionEffect.EnsurePaceKept e -> null;
    };
  }

  /** The client of the target cluster. */
  synchronized KubernetesClient cluster() {
    if (client == null) {
      client = connect(config.cluster());
      opened.add(client);
    }
    return client;
  }

  static KubernetesClient connect(DroverConfig.Cluster cluster) {
    return connect(ClusterLogin.of(cluster));
  }

  /** For a person who waits: says after a second, not after twenty, that nobody answers. */
  static KubernetesClient ask(DroverConfig.Cluster cluster) {
    Config settings = ClusterLogin.of(cluster);
    settings.setRequestRetryBackoffLimit(3);
    return connect(settings);
  }

  private static KubernetesClient connect(Config settings) {
    settings.setRequestTimeout(60_000);
    settings.setConnectionTimeout(10_000);
    return new KubernetesClientBuilder()
        .withConfig(settings)
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }

  private static @Nullable String pem(String key, @Nullable Path file) {
    if (file == null) {
      return null;
    }
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new SettingsException(key + ": " + file + " cannot be read: see that it exists", e);
    }
  }

  @Override
  public void close() {
    IllegalStateException failed = null;
    for (AutoCloseable one : opened.reversed()) {
      try {
        one.close();
      } catch (Exception e) {
        // The others hold leases, sessions and threads, too.
        if (failed == null) {
          failed = new IllegalStateException("Closing failed", e);
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
