// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/**
 * Whether CDI's VDDK importer gets into a vCenter: the Secret that it is given is there, and logs
 * in where the thumbprint that it is given is shown. An importer that does not get in crashes until
 * it is given up, so this is looked at before. Changes nothing.
 */
public final class ImporterAccess {
  /** Logs in to a vCenter, and out again. */
  @FunctionalInterface
  public interface Login {
    /**
     * @param url of the vCenter's SDK
     * @param thumbprint SHA-1 of the only certificate that is trusted
     * @throws CopyFault if it is refused or not reached
     */
    void attempt(URI url, String thumbprint, String user, String password);
  }

  private final KubernetesClient client;
  private final Login login;

  public ImporterAccess(KubernetesClient client, Login login) {
    this.client = client;
    this.login = login;
  }

  /**
   * Looks.
   *
   * @param namespace that disks are imported into
   * @throws CopyFault if it would not get in; waiting helps where somebody mends it meanwhile
   */
  public void look(CdiSettings.Vddk vddk, String namespace) {
    String name = namespace + "/" + vddk.secret();
    Secret secret;
    try {
      secret = client.secrets().inNamespace(namespace).withName(vddk.secret()).get();
    } catch (KubernetesClientException fault) {
      throw ClusterFaults.fault("read the Secret " + name, fault);
    }
    if (secret == null) {
      throw lacking("The Secret " + name + ", which the VDDK importer logs in with, is not there.");
    }
    login.attempt(
        vddk.url(),
        vddk.thumbprint(),
        of(secret, name, "accessKeyId"),
        of(secret, name, "secretKey"));
  }

  private static String of(Secret secret, String name, String key) {
    Map<String, String> data = secret.getData();
    String value = data == null ? null : data.get(key);
    if (value == null) {
      throw lacking(
          "The Secret " + name + ", which the VDDK importer logs in with, has no " + key + ".");
    }
    return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
  }

  private static CopyFault lacking(String what) {
    return new CopyFault(
        Problem.Kind.UNAVAILABLE,
        "vddk-secret-missing",
        what,
        "Create it with accessKeyId (the user of vCenter) and secretKey (the password).");
  }
}
