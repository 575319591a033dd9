// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * What the parts of the suite share: a client, a namespace of one's own, objects to begin with, and
 * words for what is expected.
 */
interface KubeFixture {
  ObjectMapper JSON = new ObjectMapper();

  KubernetesClient client();

  KubeWorld world();

  String namespace();

  default Resource<GenericKubernetesResource> resource(GenericKubernetesResource object) {
    return client().resource(object);
  }

  default GenericKubernetesResource vm(String name) {
    return object(
        "kubevirt.io/v1",
        "VirtualMachine",
        name,
        "{'runStrategy':'Halted','template':{'spec':{'domain':{'devices':{}}}}}");
  }

  default GenericKubernetesResource dataVolume(String name) {
    return object(
        "cdi.kubevirt.io/v1beta1",
        "DataVolume",
        name,
        "{'source':{'blank':{}},'storage':{'resources':{'requests':{'storage':'1Gi'}}}}");
  }

  /** An object in the test's namespace; single quotes in the JSON of its spec are double quotes. */
  default GenericKubernetesResource object(
      String apiVersion, String kind, String name, String spec) {
    GenericKubernetesResource object = new GenericKubernetesResource();
    object.setApiVersion(apiVersion);
    object.setKind(kind);
    object.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace(namespace()).build());
    object.setAdditionalProperty("spec", json(spec));
    return object;
  }

  static Map<String, Object> json(String text) {
    try {
      return JSON.readerForMapOf(Object.class).readValue(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /** A field of an object, as a text; "null" when it is not there. */
  static String field(HasMetadata object, String pointer) {
    return JSON.valueToTree(object).at(pointer).asText("null");
  }

  static PatchContext mergePatch() {
    return PatchContext.of(PatchType.JSON_MERGE);
  }

  static PatchContext jsonPatch() {
    return PatchContext.of(PatchType.JSON);
  }

  static String quoted(String text) {
    return text.replace('\'', '"');
  }

  /** The refusal of a call, which must come with this code. */
  static KubernetesClientException refusal(int code, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown)
        .as("expected the server to refuse with %d", code)
        .isInstanceOf(KubernetesClientException.class);
    KubernetesClientException refusal = (KubernetesClientException) thrown;
    assertThat(refusal.getCode()).as(refusal.getMessage()).isEqualTo(code);
    return refusal;
  }

  /** Waits until something is so; fails after half a minute. */
  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("not within 30 s: " + what);
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
