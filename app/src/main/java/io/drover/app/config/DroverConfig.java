// SPDX-License-Identifier: Apache-2.0
package io.drover.app.config;

import io.drover.runtime.config.Secret;
import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.KafkaSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All of {@code drover.yaml}; {@code drover config init} writes it with every key explained.
 *
 * @param instance name of this process in events and metrics; the host name if missing
 * @param kafka how to reach Kafka
 * @param vcenters the sources
 * @param cluster the target
 * @param converter how disks are copied
 * @param console the window
 * @param health health and metrics endpoint
 * @param plan what a plan starts from
 */
public record DroverConfig(
    String instance,
    KafkaSettings kafka,
    List<VCenter> vcenters,
    Cluster cluster,
    ConverterSection converter,
    ConsoleSection console,
    Health health,
    PlanSection plan) {

  @SuppressWarnings("ConstantValue")
  public DroverConfig(
      @Nullable String instance,
      @Nullable KafkaSettings kafka,
      @Nullable List<VCenter> vcenters,
      @Nullable Cluster cluster,
      @Nullable ConverterSection converter,
      @Nullable ConsoleSection console,
      @Nullable Health health,
      @Nullable PlanSection plan) {
    this.instance = instance == null || instance.isBlank() ? hostName() : instance;
    this.kafka = need(kafka, "kafka", "name the brokers: kafka: {bootstrap: 'kafka:9092'}");
    this.vcenters = vcenters == null ? List.of() : List.copyOf(vcenters);
    this.cluster =
        cluster == null
            ? new Cluster(
                null, null, null, null, null, null, null, null, null, null, null, null, null)
            : cluster;
    this.converter =
        converter == null
            ? new ConverterSection(null, null, null, null, null, null, null, null)
            : converter;
    this.console =
        console == null ? new ConsoleSection(null, null, null, null, null, null) : console;
    this.health = health == null ? new Health(null, null) : health;
    this.plan = plan == null ? PlanSection.defaults() : plan.checked();
    var names = new HashSet<String>();
    for (VCenter vcenter : this.vcenters) {
      if (!names.add(vcenter.name())) {
        throw new SettingsException(
            "vcenters: two are called '" + vcenter.name() + "'; give each a name of its own");
      }
    }
    for (String name : this.converter.vddk().keySet()) {
      if (!names.contains(name)) {
        throw new SettingsException(
            "converter.vddk: there is no vCenter '" + name + "'; it is one of " + names);
      }
    }
  }

  static <T> T need(@Nullable T value, String key, String remedy) {
    if (value == null) {
      throw new SettingsException(key + " is missing: " + remedy);
    }
    return value;
  }

  private static String hostName() {
    String name = System.getenv("HOSTNAME");
    return name == null || name.isBlank() ? "drover" : name;
  }

  /**
   * A source.
   *
   * @param name what people call it
   * @param url for example {@code https://vcenter.example.com}
   * @param user for example {@code drover@vsphere.local}
   * @param password reference to the password
   * @param thumbprint SHA-256 of the certificate to trust; or {@code ca}
   * @param ca PEM file of the authorities to trust; the JDK's if neither is given
   */
  public record VCenter(
      String name,
      URI url,
      String user,
      Secret password,
      @Nullable String thumbprint,
      @Nullable Path ca) {
    @SuppressWarnings("ConstantValue")
    public VCenter {
      need(name, "vcenters[].name", "give the vCenter a name");
      need(url, "vcenters[" + name + "].url", "for example https://vcenter.example.com");
      need(user, "vcenters[" + name + "].user", "for example drover@vsphere.local");
      need(
          password,
          "vcenters[" + name + "].password",
          "a reference: file:/path, env:NAME or secret:NAMESPACE/NAME/KEY");
    }
  }

  /**
   * The target cluster.
   *
   * @param kubeconfig file; the pod's own service account if missing and running in a pod
   * @param context of the kubeconfig; its current one if missing
   * @param uploadProxy URL of cdi-uploadproxy as seen from here
   * @param uploadProxyCa PEM file of the authorities to trust there; the cluster's if missing
   * @param workerImage image of our worker Jobs
   * @param workerPullSecret Secret in the target namespace that lets nodes pull that image
   * @param workerServiceAccount of the worker pods; the namespace's default if missing
   * @param conversionImage image with virt-v2v-in-place
   * @param interval pause between two looks at the cluster
   * @param writeMetrics URL of KubeVirt's metrics, for the bytes a target wrote since its start
   * @param writeMetricsCa PEM file of the authorities to trust there; the JDK's if missing
   * @param writeMetricsToken reference to a bearer token for there; none is sent if missing
   * @param vddkImage image with VMware's VDDK, for the vddk transfer
   */
  public record Cluster(
      @Nullable Path kubeconfig,
      @Nullable String context,
      @Nullable URI uploadProxy,
      @Nullable Path uploadProxyCa,
      String workerImage,
      @Nullable String workerPullSecret,
      @Nullable String workerServiceAccount,
      String conversionImage,
      Duration interval,
      @Nullable URI writeMetrics,
      @Nullable Path writeMetricsCa,
      @Nullable Secret writeMetricsToken,
      @Nullable String vddkImage) {
    @SuppressWarnings("ConstantValue")
    public Cluster(
        @Nullable Path kubeconfig,
        @Nullable String context,
        @Nullable URI uploadProxy,
        @Nullable Path uploadProxyCa,
        @Nullable String workerImage,
        @Nullable String workerPullSecret,
        @Nullable String workerServiceAccount,
        @Nullable String conversionImage,
        @Nullable Duration interval,
        @Nullable URI writeMetrics,
        @Nullable Path writeMetricsCa,
        @Nullable Secret writeMetricsToken,
        @Nullable String vddkImage) {
      this.kubeconfig = kubeconfig;
      this.context = context;
      this.uploadProxy = uploadProxy;
      this.uploadProxyCa = uploadProxyCa;
      this.workerImage = workerImage == null ? "quay.io/drover/drover:0.1" : workerImage;
      this.workerPullSecret = workerPullSecret;
      this.workerServiceAccount = workerServiceAccount;
      this.conversionImage =
          conversionImage == null ? "quay.io/kubev2v/forklift-virt-v2v:latest" : conversionImage;
      this.interval = interval == null ? Duration.ofSeconds(30) : interval;
      this.writeMetrics = writeMetrics;
      this.writeMetricsCa = writeMetricsCa;
      this.writeMetricsToken = writeMetricsToken;
      this.vddkImage = vddkImage;
    }
  }

  /**
   * The window.
   *
   * @param host 127.0.0.1 if missing; anything else needs certificate, key and tokens
   * @param tokens token file, one {@code person sha256} a line; a token is generated if missing
   * @param state folder for the generated token and address; {@code ~/.drover} if missing
   */
  public record ConsoleSection(
      String host,
      Integer port,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Path tokens,
      Path state) {
    @SuppressWarnings("ConstantValue")
    public ConsoleSection(
        @Nullable String host,
        @Nullable Integer port,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable Path tokens,
        @Nullable Path state) {
      this.host = host == null ? "127.0.0.1" : host;
      this.port = port == null ? 8480 : port;
      this.certificate = certificate;
      this.key = key;
      this.tokens = tokens;
      this.state = state == null ? Path.of(System.getProperty("user.home"), ".drover") : state;
    }
  }

  /** Where {@code /livez}, {@code /readyz} and {@code /metrics} are served. */
  public record Health(String host, Integer port) {
    @SuppressWarnings("ConstantValue")
    public Health(@Nullable String host, @Nullable Integer port) {
      this.host = host == null ? "127.0.0.1" : host;
      this.port = port == null ? 8481 : port;
    }
  }
}
