// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.ConverterSection;
import io.drover.app.config.DroverConfig;
import io.drover.app.config.PointedAt;
import io.drover.converter.CopyFault;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.cdi.CopyOutlook;
import io.drover.converter.cdi.ImporterAccess;
import io.drover.converter.staging.StagingCheck;
import io.drover.converter.vsphere.ImporterLogin;
import io.drover.executor.kubevirt.Rights;
import io.drover.ingest.kubernetes.ClusterTrouble;
import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.KafkaCheck;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import io.drover.vsphere.Privileges;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.drover.vsphere.VSphereFault;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tries every connection and permission that a migration needs, and changes nothing. */
public final class Checks {
  private static final int CONNECT_MILLIS = 5_000;
  private static final Duration ANSWER = Duration.ofMinutes(1);

  /** One thing that was tried. */
  public record Finding(String check, boolean well, String what, String remedy) {}

  private final DroverConfig config;
  private final boolean hosts;
  private final List<Finding> findings = new ArrayList<>();

  /** Which vCenter has an instance UUID. */
  private final Map<String, String> instances = new HashMap<>();

  /**
   * Checks of a configuration.
   *
   * @param hosts whether the ESXi hosts' ports are tried as well
   * @throws SettingsException if it is none
   */
  public Checks(Path file, boolean hosts) {
    this.config = ClusterSecrets.asFarAsRead(file);
    this.hosts = hosts;
  }

  /** Everything, in the order of a migration. */
  public List<Finding> all() {
    secrets();
    kafka();
    config.vcenters().forEach(this::vcenter);
    if (config.vcenters().isEmpty()) {
      no("vcenters", "No vCenter is configured.", "Add one to vcenters in drover.yaml.");
    }
    cluster();
    staging();
    return List.copyOf(findings);
  }

  private void ok(String check, String what) {
    findings.add(new Finding(check, true, what, ""));
  }

  private void no(String check, String what, String remedy) {
    findings.add(new Finding(check, false, what, remedy));
  }

  private void secrets() {
    PointedAt.inCluster(config)
        .forEach((key, secret) -> {
          try {
            var _ = secret.read();
            ok("secrets", key + ": " + secret + " can be read.");
          } catch (SettingsException e) {
            no("secrets", key + ": " + e.getMessage(), "See " + key + " in drover.yaml.");
          }
        });
  }

  private void kafka() {
    try {
      for (KafkaCheck.Finding found : new KafkaCheck(config.kafka()).look()) {
        findings.add(new Finding("kafka", found.well(), found.what(), found.remedy()));
      }
    } catch (SettingsException e) {
      no("kafka", String.valueOf(e.getMessage()), "See kafka in drover.yaml.");
    }
  }

  private void vcenter(DroverConfig.VCenter vcenter) {
    String name = "vcenter " + vcenter.name();
    try (VSphere vsphere = VSphere.connect(patient(vcenter))) {
      ok(name, vsphere.about().fullName() + " at " + vcenter.url());
      String instance = vsphere.about().instanceUuid();
      String other = instance.isEmpty() ? null : instances.putIfAbsent(instance, vcenter.name());
      if (other != null) {
        no(
            name,
            "It says that it is the same vCenter as " + other + ": their instance UUIDs are equal.",
            "Take one of them out of vcenters in drover.yaml, or give a cloned vCenter a UUID of"
                + " its own.");
      }
      List<String> missing = vsphere.privileges().missing(Privileges.MIGRATION);
      if (missing.isEmpty()) {
        ok(name + " privileges", vcenter.user() + " has all " + Privileges.MIGRATION.size() + ".");
      } else {
        no(
            name + " privileges",
            vcenter.user() + " lacks " + String.join(", ", missing) + ".",
            "Grant them on the root folder, with propagation.");
      }
      boolean mayEnd = vsphere.privileges().missing(List.of("Sessions.TerminateSession")).isEmpty();
      ok(
          name + " sessions",
          mayEnd
              ? "An export that a killed process left behind is ended at once."
              : "Without Sessions.TerminateSession, an export that a killed process left behind"
                  + " holds its VM until vCenter's timeout, 5 minutes unless changed.");
      if (hosts) {
        hosts(name, vsphere);
      }
    } catch (VSphereFault e) {
      no(name, e.said(), e.remedy());
    } catch (SettingsException e) {
      no(name, String.valueOf(e.getMessage()), "See vcenters in drover.yaml.");
    }
  }

  /** Somebody waits for what is found: an answer that takes longer is none. */
  private static VSphereEndpoint patient(DroverConfig.VCenter vcenter) {
    return Connections.endpoint(vcenter)
        .withTimeouts(
            new Timeouts(Timeouts.DEFAULT.connect(), ANSWER, Timeouts.DEFAULT.transfer()));
  }

  /**
   * Where the disks are read: streams come from the hosts' 443, and so does the second reading of
   * what VDDK read at 902.
   */
  private void hosts(String vcenter, VSphere vsphere) {
    boolean vddk = config.plan().transfer() == Transfer.VDDK;
    boolean streams = !vddk || Boolean.TRUE.equals(config.plan().settings(true).secondRead());
    for (var host : vsphere.inventory().read(Duration.ofMinutes(2)).hosts()) {
      if (streams) {
        port(vcenter + " host", host.name(), 443);
      }
      if (vddk) {
        port(vcenter + " host", host.name(), 902);
      }
    }
  }

  private void cluster() {
    try (KubernetesClient client = Wiring.ask(config.cluster())) {
      cluster(client);
    } catch (SettingsException e) {
      no("cluster", String.valueOf(e.getMessage()), "See cluster in drover.yaml.");
    }
    uploadProxy();
  }

  private void cluster(KubernetesClient client) {
    boolean there =
        asked(
            client,
            "cluster",
            () ->
                ok(
                    "cluster",
                    "Kubernetes "
                        + client.getKubernetesVersion().getGitVersion()
                        + " at "
                        + client.getMasterUrl()));
    if (there) {
      // One that may not be asked for keeps no other from being tried.
      asked(client, "namespace", () -> namespace(client));
      String namespace = config.plan().settings(true).namespace();
      Rights.target()
          .forEach(right -> asked(client, "rights", () -> rights(client, namespace, right)));
      Rights.EVERYWHERE.forEach(right -> asked(client, "rights", () -> rights(client, "", right)));
      config.vcenters().forEach(vcenter -> importer(client, namespace, vcenter));
      asked(client, "storage", () -> storage(client));
    }
  }

  /** Whether the cluster answered; what it refused is a finding. */
  private boolean asked(KubernetesClient client, String check, Runnable question) {
    try {
      question.run();
      return true;
    } catch (KubernetesClientException e) {
      Problem problem = ClusterTrouble.of(client.getMasterUrl(), e);
      no(check, problem.what(), problem.remedy());
      return false;
    }
  }

  private void namespace(KubernetesClient client) {
    String namespace = config.plan().settings(true).namespace();
    if (client.namespaces().withName(namespace).get() == null) {
      no(
          "namespace",
          "The target namespace " + namespace + " is not there.",
          "Create it: kubectl create namespace " + namespace);
    } else {
      ok("namespace", namespace + " is there.");
    }
  }

  /** Whether CDI's VDDK importer gets into a vCenter that it is to read. */
  private void importer(KubernetesClient client, String namespace, DroverConfig.VCenter vcenter) {
    ConverterSection.Vddk vddk = config.converter().vddk().get(vcenter.name());
    if (vddk == null) {
      return;
    }
    String check = "vcenter " + vcenter.name() + " vddk";
    try {
      new ImporterAccess(client, ImporterLogin::attempt)
          .look(
              new CdiSettings.Vddk(vcenter.url(), vddk.thumbprint(), vddk.secret(), null),
              namespace);
      ok(check, "The importer logs in with the Secret " + namespace + "/" + vddk.secret() + ".");
    } catch (CopyFault e) {
      no(check, e.problem().what(), e.problem().remedy());
    }
  }

  private void uploadProxy() {
    boolean otherWay = config.converter().staging() != null || config.converter().direct();
    CdiSettings.Upload upload;
    try {
      upload = Wiring.upload(config);
    } catch (SettingsException e) {
      no("upload proxy", String.valueOf(e.getMessage()), "See cluster.uploadProxyCa.");
      return;
    }
    if (upload == null && !otherWay) {
      no(
          "upload proxy",
          "cluster.uploadProxy is not set.",
          "Name cdi-uploadproxy as it is reached from here.");
    } else if (upload != null) {
      try {
        CopyOutlook.reach(upload);
        ok("upload proxy", upload.proxy() + " answers and is trusted.");
      } catch (CopyFault e) {
        no("upload proxy", e.problem().what(), e.problem().remedy());
      }
    }
  }

  private void staging() {
    ConverterSection.Staging section = config.converter().staging();
    if (section == null) {
      return;
    }
    try {
      StagingCheck.look(Wiring.settings(section))
          .forEach(found ->
              findings.add(new Finding("staging", found.well(), found.what(), found.remedy())));
    } catch (IllegalArgumentException e) {
      no("staging", e.getMessage() + ".", "See converter.staging in drover.yaml.");
    }
  }

  /** Whether a right is ours; in the whole cluster where no namespace is given. */
  private void rights(KubernetesClient client, String namespace, Rights.Right right) {
    var lacking = new ArrayList<String>();
    for (String verb : right.verbs()) {
      var review =
          new SelfSubjectAccessReviewBuilder()
              .withNewSpec()
              .withNewResourceAttributes()
              .withNamespace(namespace)
              .withGroup(right.group())
              .withResource(right.plural())
              .withSubresource(right.subresource())
              .withVerb(verb)
              .endResourceAttributes()
              .endSpec()
              .build();
      var answer = client.authorization().v1().selfSubjectAccessReview().create(review);
      if (answer.getStatus() == null || !Boolean.TRUE.equals(answer.getStatus().getAllowed())) {
        lacking.add(verb);
      }
    }
    String where = namespace.isEmpty() ? "the whole cluster" : namespace;
    if (lacking.isEmpty()) {
      ok("rights", right + " in " + where + ": " + String.join(", ", right.verbs()));
    } else {
      no(
          "rights",
          "Not allowed in " + where + ": " + String.join(", ", lacking) + " " + right,
          namespace.isEmpty() ? Rights.REMEDY_EVERYWHERE : Rights.REMEDY);
    }
  }

  private void storage(KubernetesClient client) {
    for (String name :
        config.plan().settings(true).storage().values().stream().distinct().sorted().toList()) {
      if (client.storage().v1().storageClasses().withName(name).get() == null) {
        no(
            "storage",
            "There is no storage class " + name + ".",
            "See plan.storage in drover.yaml.");
      } else {
        ok("storage", "Storage class " + name + " is there.");
      }
    }
  }

  private void port(String check, String host, int port) {
    var address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      no(
          check,
          "The name " + host + " does not resolve.",
          "Correct it, or see to the DNS of this machine.");
      return;
    }
    try (Socket socket = new Socket()) {
      socket.connect(address, CONNECT_MILLIS);
      ok(check, host + ":" + port + " answers.");
    } catch (IOException e) {
      no(
          check,
          host + ":" + port + " does not answer (" + e.getMessage() + ").",
          "Open the port from here to there.");
    }
  }
}
