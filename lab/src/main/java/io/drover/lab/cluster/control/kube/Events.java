// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what happened to an object as Kubernetes Events; each sentence once per object. */
public final class Events {

  private static final Logger LOG = LoggerFactory.getLogger(Events.class);

  private final Kube kube;
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  /** Events that go to this API server. */
  public Events(Kube kube) {
    this.kube = kube;
  }

  /** An event of type Normal. */
  public void note(Doc about, String reason, String message) {
    tell(about, "Normal", reason, message);
  }

  /** An event of type Warning. */
  public void warn(Doc about, String reason, String message) {
    tell(about, "Warning", reason, message);
  }

  private void tell(Doc about, String type, String reason, String message) {
    if (!told.add(about.uid() + reason + message)) {
      return;
    }
    String suffix = UUID.randomUUID().toString().substring(0, 12);
    Doc event = Doc.of(Kind.EVENT, about.namespace(), about.name() + "." + suffix);
    var ref = event.obj("involvedObject");
    ref.put("apiVersion", about.text("/apiVersion")).put("kind", about.text("/kind"));
    ref.put("namespace", about.namespace()).put("name", about.name()).put("uid", about.uid());
    String now = Doc.now();
    event.json().put("type", type).put("reason", reason).put("message", message);
    event.json().put("firstTimestamp", now).put("lastTimestamp", now).put("count", 1);
    event.obj("source").put("component", "drover-lab");
    try {
      var _ = kube.create(Kind.EVENT, event);
    } catch (KubernetesClientException e) {
      LOG.debug("event {} on {} not written: {}", reason, about.key(), e.getMessage());
    }
  }
}
